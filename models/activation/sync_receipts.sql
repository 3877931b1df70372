with

items as (

    {{ cdp.ledger_table('sync_item') }}

),

batches as (

    {{ cdp.ledger_table('sync_batch') }}

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
        batches.vendor_job_id,
        attempts.http_status,
        batches.attempt_count,
        attempts.started_at as sent_at,
        items.settled_at
    from items
    inner join batches
        on items.batch_id = batches.batch_id
    left join attempts
        on
            batches.batch_id = attempts.batch_id
            and batches.attempt_count = attempts.attempt_number
    -- a planned request that a newer plan replaced never left
    where items.status_code <> 'cancelled'

)

select * from final
