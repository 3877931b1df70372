with

products as (

    select * from {{ ref('products') }}

),

inventory_levels as (

    select * from {{ ref('inventory_levels') }}

),

product_costs as (

    select * from {{ ref('product_costs') }}
    where valid_from_at <= {{ cdp.as_of() }}

),

product_copies as (

    select
        *,
        row_number() over (
            partition by product_id
            order by updated_at desc nulls last, source_name asc, record_key asc
        ) as place
    from products

),

costs as (

    select
        product_id,
        cost_amount,
        row_number() over (
            partition by product_id order by valid_from_at desc, source_name asc, record_key asc
        ) as place
    from product_costs

),

stock as (

    select
        product_id,
        sum(available_quantity) as available_quantity
    from inventory_levels
    group by product_id

),

recent_baskets as (

    select
        product_id,
        profile_id
    from {{ ref('int_predictions__baskets') }}
    where order_date > cast({{ cdp.days_ago('popular_within_days') }} as date)
    group by product_id, profile_id

),

recent_buyers as (

    select count(distinct profile_id) as buyer_count
    from recent_baskets

),

popularity as (

    select
        product_id,
        count(*) as buyer_count
    from recent_baskets
    group by product_id

),

judged as (

    select
        product_copies.product_id,
        product_copies.product_name,
        product_copies.category_name,
        product_copies.price_amount,
        costs.cost_amount,
        stock.available_quantity,
        coalesce(popularity.buyer_count, 0) as buyer_count,
        coalesce(
            cast(popularity.buyer_count as double precision) / recent_buyers.buyer_count, 0
        ) as popularity_share,
        case
            when not coalesce(product_copies.is_active, true) then 'discontinued'
            when stock.available_quantity <= 0 then 'out_of_stock'
            when
                costs.cost_amount
                > product_copies.price_amount * (1 - {{ var('recommended_margin_floor') }})
                then 'margin_too_low'
            when
                product_copies.price_amount not between
                {{ var('recommended_price_min') }} and {{ var('recommended_price_max') }}
                then 'outside_price_band'
        end as excluded_code
    from product_copies
    left join costs on product_copies.product_id = costs.product_id and costs.place = 1
    left join stock on product_copies.product_id = stock.product_id
    left join popularity on product_copies.product_id = popularity.product_id
    -- One row.
    cross join recent_buyers
    where product_copies.place = 1

),

final as (

    select
        product_id,
        product_name,
        category_name,
        cast(excluded_code as varchar) as excluded_code,
        price_amount,
        cast(buyer_count as integer) as buyer_count,
        cast(popularity_share as numeric(18, 6)) as popularity_share,
        cast(
            row_number() over (order by buyer_count desc, product_id asc) as integer
        ) as popularity_rank,
        excluded_code is null as is_recommendable
    from judged

)

select * from final
