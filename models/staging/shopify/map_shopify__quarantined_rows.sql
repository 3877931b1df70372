with

final as (

    {{ cdp.quarantined_rows('shopify', {
        'customer': 'stg_shopify__customers',
    }) }}

)

select * from final
