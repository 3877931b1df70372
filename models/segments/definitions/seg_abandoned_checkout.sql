with

profiles as (

    select * from {{ ref('profiles') }}

),

final as (

    select
        profile_id,
        {{ cdp.json_object(['last_checkout_abandoned_at', 'last_ordered_at']) }} as evidence_json
    from profiles
    where
        profile_kind = 'known'
        and last_checkout_abandoned_at
        > {{ cdp.days_ago('abandoned_within_days') }}
        and (last_ordered_at is null or last_ordered_at < last_checkout_abandoned_at)

)

select * from final
