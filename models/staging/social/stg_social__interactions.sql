with

landed as (

    {{ cdp.landed('social', 'interaction') }}

),

final as (

    select
        -- Handles are written with and without the @; without a handle there is nobody to name.
        nullif(lower(trim(landed.network)), '')
        || ':'
        || nullif(lower(ltrim(trim(landed.handle), '@')), '') as social_handle,
        nullif(trim(landed.email), '') as email,
        lower(trim(landed.interaction_type)) as interaction_type,
        landed.url as page_url,
        landed.occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
