with

ledger as (

    {{ cdp.ledger_table('sync_dead_letter') }}

),

final as (

    select
        sync_name,
        audience_name,
        member_key,
        operation_code,
        profile_id,
        payload_hash,
        reason_class_code,
        error_code,
        attempt_count,
        batch_id,
        first_seen_at,
        last_seen_at,
        resolved_at
    from ledger

)

select * from final
