with

landed as (

    {{ cdp.landed('klaviyo', 'campaign') }}

),

final as (

    select
        landed.id as campaign_id,
        landed.name as campaign_name,
        landed.subject as subject_text,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
