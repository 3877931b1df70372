with

profiles as (

    select * from {{ ref('profiles') }}

),

final as (

    select
        profile_id,
        {{ cdp.json_object([
            'last_message_engaged_at', 'last_event_at', 'last_ordered_at',
        ]) }} as evidence_json
    from profiles
    where
        profile_kind = 'known'
        and is_email_known
        and coalesce(last_message_engaged_at, last_event_at, last_ordered_at)
        > {{ cdp.days_ago('engaged_within_days') }}

)

select * from final
