{#-
    The address or number that a sender's own id of a person stands for: the one last stated together
    with it. A select of sender_key, point_type_code and address_key, one row per id and type.
    relation: CTE with identifier_key and point_type_code (email, phone), the ids in question.
-#}
{% macro stated_addresses(relation) -%}
select
    sender_key,
    point_type_code,
    address_key
from (
    select
        stated_together.sender_key,
        stated_together.address_type as point_type_code,
        stated_together.address_key,
        row_number() over (
            partition by stated_together.sender_key, stated_together.address_type
            order by
                stated_together.last_observed_at desc,
                stated_together.address_key asc
        ) as choice_number
    from (
        -- either end of a link may be the address
        {%- for sender, address in [
            ('identifier', 'linked_identifier'), ('linked_identifier', 'identifier'),
        ] %}
        {{ 'union all' if not loop.first }}
        select
            {{ sender }}_key as sender_key,
            {{ sender }}_type as sender_type,
            {{ address }}_key as address_key,
            {{ address }}_type as address_type,
            last_observed_at
        from {{ ref('identity_edges') }}
        where first_observed_at < {{ cdp.as_of() }}
        {%- endfor %}
    ) as stated_together
    where
        stated_together.sender_type not in ('email', 'phone')
        and exists (
            select 1 as is_asked
            from {{ relation }}
            where
                {{ relation }}.identifier_key = stated_together.sender_key
                and {{ relation }}.point_type_code = stated_together.address_type
        )
) as ranked
where choice_number = 1
{%- endmacro %}
