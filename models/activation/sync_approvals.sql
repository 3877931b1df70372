with

ledger as (

    {{ cdp.ledger_table('sync_approval') }}

),

final as (

    select
        sync_name,
        audience_name,
        max_remove_count,
        approved_by,
        reason_text,
        approved_at,
        expires_at
    from ledger

)

select * from final
