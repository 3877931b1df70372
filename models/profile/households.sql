-- One surname at one address. People without a street or postal code have no household here; a
-- household is a guess for post and frequency caps, and never links identities.
with

traits as (

    select
        {%- for trait in ['last_name', 'street', 'postal_code', 'country_code'] %}
        max(case when trait_name = '{{ trait }}' then lower(trim(trait_value)) end) as {{ trait }},
        {%- endfor %}
        profile_id
    from {{ ref('profile_traits') }}
    group by profile_id

),

keyed as (

    select
        profile_id,
        {{ cdp.surrogate_key([
            'last_name', "replace(street, '.', '')", "replace(postal_code, ' ', '')",
            'country_code',
        ]) }} as household_id
    from traits
    where
        last_name is not null
        and street is not null
        and postal_code is not null

),

final as (

    select
        household_id,
        profile_id,
        cast(count(*) over (partition by household_id) as integer) as household_size
    from keyed

)

select * from final
