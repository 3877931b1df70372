with

landed as (

    {{ cdp.landed('segment', 'identifies') }}

),

final as (

    select
        landed.id as event_id,
        landed.anonymous_id,
        landed.user_id,
        landed.email,
        landed.phone,
        landed.first_name,
        landed.last_name,
        {{ cdp.try_cast('landed.birthday', 'date') }} as birth_date,
        landed.city,
        case when length(landed.country) = 2 then upper(landed.country) end as country_code,
        landed.context_user_agent as user_agent,
        landed.timestamp as occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
