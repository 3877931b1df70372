with

landed as (

    {{ cdp.landed('consent', 'privacy_request', refused=[
        ['missing_value', 'email', "coalesce(trim(email), '') || coalesce(trim(user_id), '') = ''"],
        ['value_out_of_range', 'request_type', "
            coalesce(lower(trim(request_type)), '') not in ('erasure', 'access')
        "],
    ]) }}

),

final as (

    select
        nullif(trim(landed.email), '') as email,
        nullif(trim(landed.user_id), '') as user_id,
        lower(trim(landed.request_type)) as request_type,
        landed.requested_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
