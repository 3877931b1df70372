-- A return is its own receipt: it counts as a refund of what it pays back.
with

sales as (

    select * from {{ ref('stg_pos__sales') }}
    where quarantine_reason is null

),

stores as (

    select * from {{ ref('stg_pos__stores') }}
    where quarantine_reason is null

),

final as (

    select
        'pos' as source_name,
        'sale' as source_table,
        sales.record_key,
        sales.receipt_id as order_id,
        case
            when sales.loyalty_id is not null then 'loyalty_id'
            when sales.email is not null then 'email'
            when sales.card_token is not null then 'card_token'
            when sales.phone is not null then 'phone'
        end as identifier_type,
        coalesce(sales.loyalty_id, sales.email, sales.card_token, sales.phone)
            as identifier_value,
        stores.country_code,
        'store' as channel_code,
        case when sales.is_return then 'refunded' else 'completed' end as status_code,
        sales.store_id,
        sales.discount_code,
        sales.currency_code,
        cast(case
            when sales.is_return then 0
            else coalesce(sales.subtotal_amount, sales.total_amount)
        end as numeric(18, 2)) as subtotal_amount,
        cast(case when sales.is_return then 0 else sales.discount_amount end as numeric(18, 2))
            as discount_amount,
        cast(case when sales.is_return then 0 else sales.tax_amount end as numeric(18, 2))
            as tax_amount,
        cast(case when sales.is_return then abs(sales.total_amount) else 0 end as numeric(18, 2))
            as refund_amount,
        cast(case when sales.is_return then 0 else sales.total_amount end as numeric(18, 2))
            as total_amount,
        false as is_test,
        sales.sold_at as ordered_at,
        cast(null as timestamp) as cancelled_at,
        case when sales.is_return then sales.sold_at end as refunded_at,
        sales.sold_at as updated_at,
        sales.received_at
    from sales
    left join stores on sales.store_id = stores.store_id

)

select * from final
