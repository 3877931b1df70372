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

-- What is filled but cannot be read is no use: a birth date without a day, an address that bounces.
{%- set attributes = {
    'email': 'message_bounced_count = 0',
    'phone': "phone like '+%'",
    'first_name': 'length(first_name) > 1',
    'last_name': 'length(last_name) > 1',
    'gender_code': '1 = 1',
    'birth_date': 'age_years between 0 and 120',
    'street': '1 = 1',
    'city': '1 = 1',
    'postal_code': '1 = 1',
    'country_code': 'length(country_code) = 2',
    'language_code': '1 = 1',
} %}

counted as (

    {%- for attribute, valid in attributes.items() %}
    {%- set column = 'birth_date_text' if attribute == 'birth_date' else attribute %}
    {{ 'union all' if not loop.first }}
    select
        cast('{{ attribute }}' as varchar) as attribute_name,
        count(*) as profile_count,
        count({{ column }}) as filled_count,
        coalesce(sum(case when {{ column }} is not null and {{ valid }} then 1 else 0 end), 0)
            as valid_count
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
