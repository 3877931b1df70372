with

ledger as (

    {{ cdp.ledger_table('sync_state') }}

),

final as (

    select
        sync_name,
        audience_name,
        member_key,
        key_field,
        profile_id,
        status_code,
        payload_hash,
        consent_version,
        batch_id,
        sent_json,
        revision_count,
        last_confirmed_at
    from ledger

)

select * from final
