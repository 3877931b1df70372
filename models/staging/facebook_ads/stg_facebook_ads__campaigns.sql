with

landed as (

    {{ cdp.landed('facebook_ads', 'campaign_history') }}

),

final as (

    select
        cast(landed.id as varchar) as campaign_id,
        landed.name as campaign_name,
        landed.updated_time as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
