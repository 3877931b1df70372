with

final as (

    {{ cdp.quarantined_rows('snowplow', {
        'events': 'stg_snowplow__events',
    }) }}

)

select * from final
