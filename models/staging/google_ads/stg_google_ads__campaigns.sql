with

landed as (

    {{ cdp.landed('google_ads', 'campaign_history') }}

),

final as (

    select
        cast(landed.id as varchar) as campaign_id,
        landed.name as campaign_name,
        landed.updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
