with

profiles as (

    select * from {{ ref('profiles') }}

),

final as (

    select
        profile_id,
        {{ cdp.json_object([
            'order_365_days_count', 'net_revenue_365_days_amount',
        ]) }} as evidence_json
    from profiles
    where
        order_365_days_count >= {{ var('high_value_orders') }}
        and net_revenue_365_days_amount >= {{ var('high_value_revenue') }}

)

select * from final
