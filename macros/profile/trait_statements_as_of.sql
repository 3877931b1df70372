{#-
    Every statement of a trait about a person with its place among those made before a moment, by the
    rule of the trait (seeds/rules/trait_rules.csv): a select, place 1 wins.

    as_of: timestamp expression. moments: name of a CTE with profile_id, trait_name and as_of that asks
    for several moments of each trait at once; as_of is then a column of the result, and the argument
    the last moment.

    Rules: most_recent; source_priority (trait_source_priorities, then most recent); verified_first
    (stated with a login or by a system of record, then most recent); most_frequent; longest; union (all
    values, of which the most recent stands first). Ties: the latest, then by source and record.
-#}
{% macro trait_statements_as_of(as_of, moments=none) -%}
{%- set group = 'stated.profile_id, stated.trait_name' ~ (', stated.as_of' if moments else '') -%}
    select
        stated.*,
        cast(row_number() over (
            partition by {{ group }}
            order by
                case when stated.rule_code = 'source_priority' then stated.source_place else 0 end,
                case when stated.rule_code = 'verified_first' then stated.class_place else 0 end,
                case when stated.rule_code = 'most_frequent' then stated.statement_count else 0 end desc,
                case when stated.rule_code = 'longest' then length(stated.trait_value) else 0 end desc,
                stated.observed_at desc,
                {{ cdp.binary_order('stated.source_name') }},
                {{ cdp.binary_order('stated.record_key') }},
                {{ cdp.binary_order('stated.trait_value') }}
        ) as integer) as place
    from (
        select
            identity_map.profile_id,
            observations.trait_name,
            observations.trait_value,
            observations.source_name,
            observations.record_key,
            trait_rules.rule_code,
            identity_map.class_code,
            {%- if moments %}
            moments.as_of,
            {%- endif %}
            observations.observed_at,
            coalesce(priorities.priority, 1000) as source_place,
            case when identity_map.class_code in ('login', 'verified') then 0 else 1 end as class_place,
            cast(count(*) over (
                partition by
                    identity_map.profile_id, observations.trait_name, observations.trait_value
                    {{- ', moments.as_of' if moments }}
            ) as integer) as statement_count
        from {{ ref('trait_observations') }} as observations
        inner join {{ ref('identity_map') }} as identity_map
            on observations.identifier_key = identity_map.identifier_key
        inner join {{ ref('trait_rules') }} as trait_rules
            on observations.trait_name = trait_rules.trait_name
        left join {{ ref('trait_source_priorities') }} as priorities
            on
                observations.trait_name = priorities.trait_name
                and observations.source_name = priorities.source_name
        {%- if moments %}
        inner join {{ moments }} as moments
            on
                identity_map.profile_id = moments.profile_id
                and observations.trait_name = moments.trait_name
                and observations.observed_at <= moments.as_of
        {%- endif %}
        where observations.observed_at < {{ as_of }}
    ) as stated
{%- endmacro %}
