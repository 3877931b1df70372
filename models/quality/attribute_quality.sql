with

profiles as (

    select * from {{ ref('profiles') }}
    where profile_kind = 'known'

),

conflicts as (

    select
        trait_name as attribute_name,
        sum(case when value_count > 1 then 1 else 0 end) as conflict_count
    from {{ ref('profile_traits') }}
    group by trait_name

),

-- What is filled but cannot be used is no use: a birth date without a day, an address that bounces.
{%- set attributes = [
    'email', 'phone', 'first_name', 'last_name', 'gender_code', 'birth_date', 'street', 'city',
    'postal_code', 'country_code', 'language_code',
] %}

counted as (

    {%- for attribute in attributes %}
    {%- set column = 'birth_date_text' if attribute == 'birth_date' else attribute %}
    {{ 'union all' if not loop.first }}
    select
        cast('{{ attribute }}' as varchar) as attribute_name,
        count(*) as profile_count,
        count({{ column }}) as filled_count,
        coalesce(sum(
            case
                when
                    {{ cdp.attribute_is_usable("'" ~ attribute ~ "'", column) }}
                    {%- if attribute == 'email' %}
                    and message_bounced_count = 0
                    {%- endif %}
                    then 1
                else 0
            end
        ), 0) as valid_count
    from profiles
    {%- endfor %}

),

final as (

    select
        counted.attribute_name,
        cast(counted.profile_count as bigint) as profile_count,
        cast(counted.filled_count as bigint) as filled_count,
        cast(coalesce(conflicts.conflict_count, 0) as bigint) as conflict_count,
        {{ cdp.ratio('counted.filled_count', 'counted.profile_count') }} as completeness_rate,
        {{ cdp.ratio('counted.valid_count', 'counted.filled_count') }} as validity_rate,
        {{ cdp.ratio('coalesce(conflicts.conflict_count, 0)', 'counted.filled_count') }}
            as conflict_rate
    from counted
    left join conflicts on counted.attribute_name = conflicts.attribute_name

)

select * from final
