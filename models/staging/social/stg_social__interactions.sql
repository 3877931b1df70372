with

landed as (

    {{ cdp.landed('social', 'interaction') }}

),

final as (

    select
        lower(landed.network) || ':' || lower(landed.handle) as social_handle,
        landed.email,
        lower(landed.interaction_type) as interaction_type,
        landed.url as page_url,
        landed.occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
