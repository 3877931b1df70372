with

landed as (

    {{ cdp.landed('consent', 'privacy_request') }}

),

final as (

    select
        landed.email,
        landed.user_id,
        lower(landed.request_type) as request_type,
        landed.requested_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
