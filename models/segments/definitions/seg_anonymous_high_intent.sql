with

profiles as (

    select * from {{ ref('profiles') }}

),

final as (

    select
        profile_id,
        {{ cdp.json_object(['product_view_30_days_count', 'last_event_at']) }} as evidence_json
    from profiles
    where
        profile_kind = 'anonymous'
        and product_view_30_days_count >= {{ var('high_intent_product_views') }}

)

select * from final
