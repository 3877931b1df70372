with

daily as (

    select * from {{ ref('int_profile__events_daily') }}
    where event_date <= cast({{ cdp.as_of() }} as date)

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

final as (

    select
        identity_map.profile_id,
        cast(sum(daily.event_count) as bigint) as event_count,
        cast(sum(daily.page_view_count) as bigint) as page_view_count,
        cast(sum(daily.product_view_count) as bigint) as product_view_count,
        cast(sum(daily.add_to_cart_count) as bigint) as add_to_cart_count,
        cast(sum(daily.checkout_started_count) as bigint) as checkout_started_count,
        cast(sum(daily.store_visit_count) as bigint) as store_visit_count,
        cast(sum(
            case
                when daily.event_date > cast({{ cdp.as_of() }} as date) - 30 then daily.event_count
                else 0
            end
        ) as bigint) as event_30_days_count,
        cast(sum(
            case
                when daily.event_date > cast({{ cdp.as_of() }} as date) - 30
                    then daily.product_view_count
                else 0
            end
        ) as bigint) as product_view_30_days_count,
        cast(count(distinct daily.event_date) as integer) as active_day_count,
        min(daily.first_occurred_at) as first_event_at,
        max(daily.last_occurred_at) as last_event_at,
        max(case when daily.checkout_abandoned_count > 0 then daily.last_occurred_at end)
            as last_checkout_abandoned_at,
        max(case when daily.store_visit_count > 0 then daily.last_occurred_at end)
            as last_store_visit_at
    from daily
    inner join identity_map on daily.identifier_key = identity_map.identifier_key
    group by identity_map.profile_id

)

select * from final
