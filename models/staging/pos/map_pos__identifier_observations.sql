with

sales as (

    select * from {{ ref('stg_pos__sales') }}
    where quarantine_reason is null

),

stores as (

    select * from {{ ref('stg_pos__stores') }}
    where quarantine_reason is null

),

receipts as (

    select
        'sale' as source_table,
        sales.record_key,
        sales.loyalty_id,
        sales.card_token,
        sales.email,
        sales.phone,
        stores.country_code,
        sales.sold_at as observed_at,
        sales.received_at
    from sales
    left join stores on sales.store_id = stores.store_id

),

final as (

    {{ cdp.unpivot_identifiers('receipts', 'pos', {
        'loyalty_id': 'loyalty_id',
        'email': 'email',
        'phone': 'phone',
        'card_token': 'card_token',
    }) }}

)

select * from final
