with

items as (

    {{ cdp.ledger_items() }}

),

attempts as (

    {{ cdp.ledger_table('sync_attempt') }}

),

final as (

    select
        items.run_id,
        items.item_number,
        items.sync_name,
        items.audience_name,
        items.member_key,
        items.profile_id,
        items.operation_code,
        items.reason_code,
        items.purpose_code,
        items.channel_code,
        items.consent_version,
        items.payload_hash,
        items.status_code as outcome_code,
        items.error_code,
        items.batch_id,
        items.vendor_job_id,
        attempts.http_status,
        items.attempt_count,
        coalesce(attempts.started_at, items.started_at) as sent_at,
        items.settled_at
    from items
    left join attempts
        on
            items.batch_id = attempts.batch_id
            and items.attempt_count = attempts.attempt_number
    -- a planned request that a newer plan replaced never left
    where items.status_code <> 'cancelled'

)

select * from final
