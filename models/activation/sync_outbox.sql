{#-
    Batches are cut in the byte order of the member keys, removals first, so that two builds of the
    same plan give the same requests.
-#}
with

sync_plan as (

    select * from {{ ref('sync_plan') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

sendable as (

    select
        sync_plan.*,
        sync_catalog.batch_rows,
        sync_catalog.batch_bytes,
        case when sync_plan.operation_code = 'remove' then 'remove' else 'upsert' end
            as action_code
    from sync_plan
    inner join sync_catalog
        on sync_plan.sync_name = sync_catalog.sync_name
    where sync_plan.hold_code is null

),

measured as (

    select
        sendable.*,
        row_number() over (
            partition by sendable.sync_name, sendable.audience_name, sendable.action_code
            order by {{ cdp.binary_order('sendable.member_key') }}
        ) as row_position,
        sum({{ cdp.byte_length('sendable.payload_json') }}) over (
            partition by sendable.sync_name, sendable.audience_name, sendable.action_code
            order by {{ cdp.binary_order('sendable.member_key') }}
            rows between unbounded preceding and current row
        ) as byte_position
    from sendable

),

batched as (

    select
        measured.*,
        dense_rank() over (
            partition by measured.sync_name
            order by
                measured.action_code,
                {{ cdp.binary_order('measured.audience_name') }},
                floor(cast(measured.row_position - 1 as double precision) / measured.batch_rows),
                floor(cast(measured.byte_position as double precision) / measured.batch_bytes)
        ) as batch_number
    from measured

),

final as (

    select
        sync_name,
        audience_name,
        member_key,
        key_field,
        profile_id,
        action_code,
        operation_code,
        reason_code,
        purpose_code,
        channel_code,
        consent_version,
        payload_json,
        payload_hash,
        revision_count,
        cast(batch_number as integer) as batch_number,
        cast(
            row_number() over (
                partition by sync_name, batch_number
                order by {{ cdp.binary_order('member_key') }}
            ) as integer
        ) as batch_position
    from batched

)

select * from final
-- the engine reads batch by batch, and a column store finds a batch by where it lies
order by sync_name, batch_number, batch_position
