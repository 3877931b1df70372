-- The winners side by side, and what follows from them alone.
with

traits as (

    select * from {{ ref('profile_traits') }}

),

stores as (

    select * from {{ ref('stores') }}

),

{%- set names = [
    'first_name', 'last_name', 'gender_code', 'birth_date', 'street', 'city', 'region',
    'postal_code', 'country_code', 'language_code', 'job_title', 'company_name',
] %}

pivoted as (

    select
        profile_id,
        {%- for name in names %}
        max(case when trait_name = '{{ name }}' then trait_value end) as {{ name }},
        {%- endfor %}
        cast(sum(case when value_count > 1 then 1 else 0 end) as integer) as trait_conflict_count
    from traits
    group by profile_id

),

dated as (

    select
        *,
        {{ cdp.try_cast('birth_date', 'date') }} as stated_date
    from pivoted

),

born as (

    select
        *,
        case when stated_date < {{ cdp.as_of() }} then stated_date end as known_date,
        cast(extract(year from {{ cdp.as_of() }}) as integer) as this_year
    from dated

),

-- 29 February has its birthday on 1 March where there is none: a day after 28 February.
anniversaries as (

    select
        {%- for name, year in {'this': 'this_year', 'next': 'this_year + 1'}.items() %}
        cast(
            cast({{ year }} as varchar) || '-' || lpad(
                cast(cast(extract(month from known_date) as integer) as varchar), 2, '0'
            ) || '-01' as date
        ) + cast(extract(day from known_date) - 1 as integer) as {{ name }}_birthday,
        {%- endfor %}
        profile_id
    from born
    where known_date is not null

),

local_stores as (

    select
        lower(city_name) as city_key,
        country_code,
        min(store_id) as store_id
    from stores
    group by lower(city_name), country_code

),

final as (

    select
        born.profile_id,
        {%- for name in names if name != 'birth_date' %}
        born.{{ name }},
        {%- endfor %}
        born.birth_date as birth_date_text,
        born.known_date as birth_date,
        cast(
            born.this_year - cast(extract(year from born.known_date) as integer)
            - case
                when anniversaries.this_birthday > cast({{ cdp.as_of() }} as date) then 1
                else 0
            end as integer
        ) as age_years,
        cast(
            case
                when anniversaries.this_birthday >= cast({{ cdp.as_of() }} as date)
                    then anniversaries.this_birthday
                else anniversaries.next_birthday
            end - cast({{ cdp.as_of() }} as date) as integer
        ) as birthday_in_days,
        local_stores.store_id as home_store_id,
        born.trait_conflict_count
    from born
    left join anniversaries on born.profile_id = anniversaries.profile_id
    left join local_stores
        on
            lower(born.city) = local_stores.city_key
            and born.country_code = local_stores.country_code

)

select * from final
