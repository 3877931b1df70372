with

profiles as (

    select * from {{ ref('profiles') }}

),

final as (

    select
        profile_id,
        {{ cdp.json_object(['order_30_days_count', 'last_ordered_at']) }} as evidence_json
    from profiles
    where
        order_30_days_count > 0

)

select * from final
