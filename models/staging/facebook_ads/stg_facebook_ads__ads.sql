with

landed as (

    {{ cdp.landed('facebook_ads', 'ad_history') }}

),

final as (

    select
        cast(landed.id as varchar) as ad_id,
        cast(landed.campaign_id as varchar) as campaign_id,
        landed.updated_time as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
