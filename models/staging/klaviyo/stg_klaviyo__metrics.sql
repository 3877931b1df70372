with

landed as (

    {{ cdp.landed('klaviyo', 'metric') }}

),

final as (

    select
        landed.id as metric_id,
        landed.name as metric_name,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
