with

landed as (

    {{ cdp.landed('segment', 'identifies') }}

),

final as (

    select
        landed.id as event_id,
        nullif(trim(landed.anonymous_id), '') as anonymous_id,
        nullif(trim(landed.user_id), '') as user_id,
        nullif(trim(landed.email), '') as email,
        nullif(trim(landed.phone), '') as phone,
        landed.first_name,
        landed.last_name,
        {{ cdp.try_cast('landed.birthday', 'date') }} as birth_date,
        -- Traits of their own, or the parts of the `address` trait.
        coalesce(landed.city, landed.address_city) as city,
        {{ cdp.country_code('coalesce(landed.country, landed.address_country)') }} as country_code,
        lower(trim(landed.gender)) as gender_text,
        lower(trim(landed.context_locale)) as locale_code,
        landed.context_user_agent as user_agent,
        landed.timestamp as occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
