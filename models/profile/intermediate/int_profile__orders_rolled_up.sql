with

orders as (

    select * from {{ ref('orders') }}
    where
        not is_test
        and status_code in ('completed', 'refunded')
        and ordered_at <= {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

owned as (

    select
        identity_map.profile_id,
        orders.channel_code,
        orders.currency_code,
        orders.total_amount - orders.refund_amount as net_amount,
        orders.refund_amount,
        orders.discount_amount,
        orders.ordered_at,
        -- A return at the till is a receipt of its own, not another purchase.
        case when orders.total_amount > 0 then 1 else 0 end as purchase_count
    from orders
    inner join identity_map on orders.identifier_key = identity_map.identifier_key

),

final as (

    select
        profile_id,
        cast(sum(purchase_count) as integer) as order_count,
        cast(sum(
            case
                when ordered_at > {{ cdp.as_of() }} - interval '30 days' then purchase_count
                else 0
            end
        ) as integer) as order_30_days_count,
        cast(sum(
            case
                when ordered_at > {{ cdp.as_of() }} - interval '90 days' then purchase_count
                else 0
            end
        ) as integer) as order_90_days_count,
        cast(sum(
            case
                when ordered_at > {{ cdp.as_of() }} - interval '365 days' then purchase_count
                else 0
            end
        ) as integer) as order_365_days_count,
        cast(sum(case when channel_code = 'store' then purchase_count else 0 end) as integer)
            as store_order_count,
        cast(sum(
            case when channel_code in ('web', 'app') then purchase_count else 0 end
        ) as integer) as online_order_count,
        cast(sum(net_amount) as numeric(18, 2)) as net_revenue_amount,
        cast(sum(
            case
                when ordered_at > {{ cdp.as_of() }} - interval '365 days' then net_amount
                else 0
            end
        ) as numeric(18, 2)) as net_revenue_365_days_amount,
        cast(sum(refund_amount) as numeric(18, 2)) as refund_amount,
        cast(sum(discount_amount) as numeric(18, 2)) as discount_amount,
        min(case when purchase_count = 1 then ordered_at end) as first_ordered_at,
        max(case when purchase_count = 1 then ordered_at end) as last_ordered_at
    from owned
    group by profile_id

)

select * from final
