{#- Long, since what is settled, requested and run is counted side by side before it meets. -#}
with

sync_receipts as (

    select * from {{ ref('sync_receipts') }}

),

sync_runs as (

    select * from {{ ref('sync_runs') }}

),

batches as (

    select * from {{ ref('int_activation__sync_batches') }}

),

attempts as (

    {{ cdp.ledger_table('sync_attempt') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

settled as (

    select
        sync_name,
        cast(settled_at as date) as day_on,
        sum(case when outcome_code = 'confirmed' and operation_code = 'add' then 1 else 0 end)
            as added_count,
        sum(case when outcome_code = 'confirmed' and operation_code = 'update' then 1 else 0 end)
            as updated_count,
        sum(case when outcome_code = 'confirmed' and operation_code = 'remove' then 1 else 0 end)
            as removed_count,
        sum(case when outcome_code = 'failed' and operation_code <> 'remove' then 1 else 0 end)
            as unmatched_count,
        sum(case when outcome_code = 'failed' then 1 else 0 end) as failed_count,
        sum(case when outcome_code = 'refused' then 1 else 0 end) as withdrawn_count
    from sync_receipts
    where settled_at is not null
    group by sync_name, cast(settled_at as date)

),

requested as (

    select
        batches.sync_name,
        cast(attempts.started_at as date) as day_on,
        count(*) as request_count,
        sum(case when attempts.attempt_number > 1 then 1 else 0 end) as repeated_count,
        sum(case when attempts.http_status = 429 then 1 else 0 end) as throttled_count,
        sum(coalesce(batches.byte_count, 0)) as byte_count,
        sum(
            coalesce(
                cast(
                    extract(epoch from attempts.ended_at - attempts.started_at) as double precision
                ),
                0
            )
        ) as vendor_seconds
    from attempts
    inner join batches on attempts.batch_id = batches.batch_id
    group by batches.sync_name, cast(attempts.started_at as date)

),

ran as (

    select
        sync_name,
        cast(started_at as date) as day_on,
        count(*) as run_count,
        sum(case when status_code in ('failed', 'abandoned') then 1 else 0 end)
            as failed_run_count
    from sync_runs
    group by sync_name, cast(started_at as date)

),

days as (

    select
        coalesce(settled.sync_name, requested.sync_name, ran.sync_name) as sync_name,
        coalesce(settled.day_on, requested.day_on, ran.day_on) as day_on,
        {%- for column in [
            'added_count', 'updated_count', 'removed_count', 'unmatched_count', 'failed_count',
            'withdrawn_count',
        ] %}
        cast(coalesce(settled.{{ column }}, 0) as bigint) as {{ column }},
        {%- endfor %}
        {%- for column in ['request_count', 'repeated_count', 'throttled_count', 'byte_count'] %}
        cast(coalesce(requested.{{ column }}, 0) as bigint) as {{ column }},
        {%- endfor %}
        coalesce(requested.vendor_seconds, 0) as vendor_seconds,
        cast(coalesce(ran.run_count, 0) as bigint) as run_count,
        cast(coalesce(ran.failed_run_count, 0) as bigint) as failed_run_count
    from ran
    full outer join requested
        on
            ran.sync_name = requested.sync_name
            and ran.day_on = requested.day_on
    full outer join settled
        on
            coalesce(ran.sync_name, requested.sync_name) = settled.sync_name
            and coalesce(ran.day_on, requested.day_on) = settled.day_on

),

final as (

    select
        days.sync_name,
        sync_catalog.destination_code,
        days.run_count,
        days.failed_run_count,
        days.request_count,
        days.repeated_count,
        days.throttled_count,
        days.byte_count,
        days.added_count,
        days.updated_count,
        days.removed_count,
        days.failed_count,
        days.withdrawn_count,
        cast(
            sum(days.added_count - days.removed_count) over (
                partition by days.sync_name
                order by days.day_on
                rows between unbounded preceding and current row
            ) as bigint
        ) as held_count,
        cast(
            (days.added_count + days.updated_count + days.removed_count) * 1.0
            / nullif(
                days.added_count + days.updated_count + days.removed_count + days.failed_count, 0
            ) as numeric(18, 6)
        ) as delivery_rate,
        cast(
            (days.added_count + days.updated_count) * 1.0
            / nullif(days.added_count + days.updated_count + days.unmatched_count, 0)
            as numeric(18, 6)
        ) as match_rate,
        days.vendor_seconds,
        cast(
            days.request_count * coalesce(sync_catalog.request_cost, 0)
            + (days.added_count + days.updated_count) * coalesce(sync_catalog.member_cost, 0)
            as numeric(18, 6)
        ) as cost_amount,
        sync_catalog.cost_currency_code,
        days.day_on
    from days
    left join sync_catalog on days.sync_name = sync_catalog.sync_name

)

select * from final
