with

fed as (

    {{ cdp.union_feeds('quarantined_rows') }}

),

streams as (

    select * from {{ ref('int_canonical__stream_quarantine') }}
    where
        reason_code is not null
        and ({{ cdp.is_streamed() }})

),

-- Surplus copies of streamed events; entity tables find theirs when they are staged.
copies as (

    select * from {{ ref('int_canonical__event_copies') }}
    where
        copy_number > 1
        and source_name in {{ cdp.sources_feeding('events') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        reason_code,
        reason_column,
        payload_json,
        received_at
    from fed
    where not ({{ cdp.is_streamed() }})

    union all

    select
        source_name,
        source_table,
        record_key,
        reason_code,
        reason_column,
        payload_json,
        received_at
    from streams

    union all

    select
        source_name,
        source_table,
        record_key,
        'duplicate_key' as reason_code,
        cast(null as varchar) as reason_column,
        cast(null as varchar) as payload_json,
        received_at
    from copies

)

select * from final
