with

customers as (

    select
        'customer' as source_table,
        record_key,
        source_customer_id,
        email,
        phone,
        cast(null as varchar) as country_code,
        updated_at as observed_at,
        received_at
    from {{ ref('stg_shopify__customers') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_identifiers('customers', 'shopify', {
        'shop_customer_id': 'source_customer_id',
        'email': 'email',
        'phone': 'phone',
    }) }}

)

select * from final
