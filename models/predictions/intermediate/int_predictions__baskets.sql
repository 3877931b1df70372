-- What each person bought, once per product and day: what every recommendation starts from.
with

orders as (

    select * from {{ ref('orders') }}
    where
        not is_test
        and total_amount > 0
        and status_code in ('completed', 'refunded')
        and ordered_at <= {{ cdp.as_of() }}

),

order_lines as (

    select * from {{ ref('order_lines') }}
    where product_id is not null and quantity > 0

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

final as (

    select
        identity_map.profile_id,
        order_lines.product_id,
        cast(orders.ordered_at as date) as order_date
    from order_lines
    inner join orders
        on
            order_lines.source_name = orders.source_name
            and order_lines.order_id = orders.order_id
    inner join identity_map on orders.identifier_key = identity_map.identifier_key
    group by
        identity_map.profile_id,
        order_lines.product_id,
        cast(orders.ordered_at as date)

)

select * from final
