with

ledger as (

    {{ cdp.ledger_table('sync_run') }}

),

final as (

    select
        run_id,
        sync_name,
        status_code,
        planned_count,
        confirmed_count,
        accepted_count,
        failed_count,
        refused_count,
        request_count,
        error_code,
        started_at,
        finished_at
    from ledger

)

select * from final
