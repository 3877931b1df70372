with

final as (

    {{ cdp.quarantined_rows('shopify', {
        'customer': 'stg_shopify__customers',
        'order': 'stg_shopify__orders',
        'order_line': 'stg_shopify__order_lines',
        'refund': 'stg_shopify__refunds',
        'order_line_refund': 'stg_shopify__refund_lines',
        'product': 'stg_shopify__products',
        'product_tag': 'stg_shopify__product_tags',
        'product_variant': 'stg_shopify__product_variants',
        'abandoned_checkout': 'stg_shopify__abandoned_checkouts',
        'inventory_item': 'stg_shopify__inventory_items',
    }) }}

)

select * from final
