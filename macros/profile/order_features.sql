{#-
    What was known of everybody's purchases at a moment: a select with one row per profile.

    as_of: timestamp expression. Orders placed at or after it do not count, and neither do refunds
    and cancellations booked after it: the same SQL gives today's features and training rows. Of an
    order refunded in parts nothing is known to be given back before the last of them.
    Tests, cancelled and pending orders are no purchases.
-#}
{% macro order_features(as_of) -%}
{%- set windows = [7, 30, 90, 365] -%}
    select
        bought.profile_id,
        cast(sum(bought.purchase_count) as integer) as order_count,
        {%- for days in windows %}
        cast(sum(case
            when {{ cdp.in_last_days('bought.ordered_at', days, as_of) }} then bought.purchase_count
            else 0
        end) as integer) as order_{{ days }}_days_count,
        cast(sum(case
            when {{ cdp.in_last_days('bought.ordered_at', days, as_of) }} then bought.net_amount
            else 0
        end) as numeric(18, 2)) as net_revenue_{{ days }}_days_amount,
        {%- endfor %}
        cast(sum(case
            when
                {{ cdp.in_last_days('bought.ordered_at', 365, '(' ~ as_of ~ " - interval '365 days')") }}
                then bought.net_amount
            else 0
        end) as numeric(18, 2)) as net_revenue_previous_365_days_amount,
        cast(sum(bought.net_amount) as numeric(18, 2)) as net_revenue_amount,
        cast(sum(bought.paid_amount) as numeric(18, 2)) as paid_amount,
        cast(sum(bought.refunded_amount) as numeric(18, 2)) as refund_amount,
        cast(sum(case
            when {{ cdp.in_last_days('bought.ordered_at', 365, as_of) }} then bought.refunded_amount
            else 0
        end) as numeric(18, 2)) as refund_365_days_amount,
        cast(sum(bought.discount_amount) as numeric(18, 2)) as discount_amount,
        cast(sum(case when bought.channel_code = 'store' then bought.purchase_count else 0 end) as integer)
            as store_order_count,
        cast(sum(
            case when bought.channel_code in ('web', 'app') then bought.purchase_count else 0 end
        ) as integer) as online_order_count,
        cast(sum(
            case when bought.channel_code = 'subscription' then bought.purchase_count else 0 end
        ) as integer) as subscription_order_count,
        cast(sum(case when bought.refunded_amount > 0 then bought.purchase_count else 0 end) as integer)
            as refunded_order_count,
        cast(sum(case when bought.discount_amount > 0 then bought.purchase_count else 0 end) as integer)
            as discounted_order_count,
        cast(sum(bought.cancelled_count) as integer) as cancelled_order_count,
        max(case when bought.purchase_count = 1 then bought.paid_amount end) as largest_order_amount,
        cast(max(case when bought.last_number = 1 then bought.paid_amount end) as numeric(18, 2))
            as last_order_amount,
        max(case when bought.first_number = 1 then bought.order_id end) as first_order_id,
        max(case when bought.last_number = 1 then bought.order_id end) as last_order_id,
        max(case when bought.first_number = 1 then bought.channel_code end) as first_order_channel_code,
        max(case when bought.last_number = 1 then bought.channel_code end) as last_order_channel_code,
        min(case when bought.purchase_count = 1 then bought.ordered_at end) as first_ordered_at,
        max(case when bought.purchase_count = 1 then bought.ordered_at end) as last_ordered_at,
        cast(count(distinct case
            when bought.purchase_count = 1 and bought.channel_code <> 'subscription'
                then cast(bought.ordered_at as date)
        end) as integer) as shopping_day_count,
        min(case
            when bought.purchase_count = 1 and bought.channel_code <> 'subscription'
                then bought.ordered_at
        end) as first_shopped_at,
        max(case
            when bought.purchase_count = 1 and bought.channel_code <> 'subscription'
                then bought.ordered_at
        end) as last_shopped_at
    from (
        select
            counted.*,
            -- A return at the till is a receipt of its own, not another purchase.
            row_number() over (
                partition by counted.profile_id
                order by
                    counted.purchase_count desc, counted.ordered_at asc,
                    {{ cdp.binary_order('counted.source_name') }}, {{ cdp.binary_order('counted.order_id') }}
            ) as first_number,
            row_number() over (
                partition by counted.profile_id
                order by
                    counted.purchase_count desc, counted.ordered_at desc,
                    {{ cdp.binary_order('counted.source_name') }} desc,
                    {{ cdp.binary_order('counted.order_id') }} desc
            ) as last_number
        from (
            select
                identity_map.profile_id,
                known.source_name,
                known.order_id,
                known.channel_code,
                known.ordered_at,
                case when known.is_cancelled then 1 else 0 end as cancelled_count,
                case when not known.is_cancelled and known.total_amount > 0 then 1 else 0 end
                    as purchase_count,
                case when known.is_cancelled then 0 else known.total_amount end as paid_amount,
                case when known.is_cancelled then 0 else known.discount_amount end as discount_amount,
                known.refunded_amount,
                case when known.is_cancelled then 0 else known.total_amount end
                - known.refunded_amount as net_amount
            from (
                select
                    orders.*,
                    orders.status_code = 'cancelled'
                    and coalesce(orders.cancelled_at, orders.updated_at) < {{ as_of }} as is_cancelled,
                    case
                        when
                            coalesce(orders.refunded_at, orders.updated_at) < {{ as_of }}
                            and orders.status_code <> 'cancelled'
                            then orders.refund_amount
                        else 0
                    end as refunded_amount
                from {{ ref('orders') }} as orders
                where
                    not orders.is_test
                    and orders.ordered_at < {{ as_of }}
                    and orders.status_code in ('completed', 'refunded', 'cancelled')
            ) as known
            inner join {{ ref('identity_map') }} as identity_map
                on known.identifier_key = identity_map.identifier_key
        ) as counted
    ) as bought
    group by bought.profile_id
{%- endmacro %}
