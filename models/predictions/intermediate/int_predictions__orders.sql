-- Orders that count as bought, of persons: what labels and outcomes are read from.
with

orders as (

    select * from {{ ref('orders') }}
    where
        not is_test
        and total_amount > 0
        and status_code in ('completed', 'refunded')
        and ordered_at <= {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

final as (

    select
        identity_map.profile_id,
        orders.record_key,
        orders.total_amount,
        orders.discount_amount > 0 as is_discounted,
        cast(orders.ordered_at as date) as order_date,
        orders.ordered_at
    from orders
    inner join identity_map on orders.identifier_key = identity_map.identifier_key

)

select * from final
