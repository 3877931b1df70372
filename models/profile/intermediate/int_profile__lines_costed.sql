with

order_lines as (

    select * from {{ ref('order_lines') }}

),

-- Those cancelled since, too: at an earlier moment they were purchases.
orders as (

    select * from {{ ref('orders') }}
    where
        not is_test
        and status_code in ('completed', 'refunded', 'cancelled')
        and total_amount > 0

),

products as (

    select * from {{ ref('int_profile__products_chosen') }}

),

product_costs as (

    select * from {{ ref('product_costs') }}

),

-- The cost that held when the order was placed.
costed as (

    select
        order_lines.source_name,
        order_lines.order_line_id,
        product_costs.cost_amount,
        row_number() over (
            partition by order_lines.source_name, order_lines.order_line_id
            order by
                product_costs.valid_from_at desc,
                {{ cdp.binary_order('product_costs.source_name') }} asc,
                {{ cdp.binary_order('product_costs.record_key') }} asc
        ) as cost_number
    from order_lines
    inner join orders
        on
            order_lines.source_name = orders.source_name
            and order_lines.order_id = orders.order_id
    inner join product_costs
        on
            order_lines.product_id = product_costs.product_id
            and orders.ordered_at >= product_costs.valid_from_at

),

final as (

    select
        order_lines.source_name,
        order_lines.order_line_id,
        order_lines.order_id,
        orders.identifier_key,
        order_lines.product_id,
        products.product_name,
        products.category_name,
        products.brand_name,
        products.price_band_code,
        orders.channel_code,
        orders.status_code,
        orders.store_id,
        orders.currency_code,
        order_lines.quantity,
        order_lines.refund_quantity,
        order_lines.unit_price_amount,
        order_lines.line_amount,
        orders.total_amount,
        costed.cost_amount as unit_cost_amount,
        orders.is_test,
        orders.ordered_at,
        orders.cancelled_at,
        coalesce(order_lines.refunded_at, orders.refunded_at, orders.updated_at) as refunded_at,
        orders.updated_at
    from order_lines
    inner join orders
        on
            order_lines.source_name = orders.source_name
            and order_lines.order_id = orders.order_id
    left join products on order_lines.product_id = products.product_id
    left join costed
        on
            order_lines.source_name = costed.source_name
            and order_lines.order_line_id = costed.order_line_id
            and costed.cost_number = 1

)

select * from final
