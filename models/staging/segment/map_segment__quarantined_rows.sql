with

final as (

    {{ cdp.quarantined_rows('segment', {
        'tracks': 'stg_segment__tracks',
        'pages': 'stg_segment__pages',
        'identifies': 'stg_segment__identifies',
    }) }}

)

select * from final
