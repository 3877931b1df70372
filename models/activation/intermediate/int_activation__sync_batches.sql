with

ledger as (

    {{ cdp.ledger_table('sync_batch') }}

),

final as (

    select
        batch_id,
        sync_name,
        byte_count,
        started_at
    from ledger

)

select * from final
