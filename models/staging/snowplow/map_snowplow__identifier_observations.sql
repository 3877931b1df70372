-- One row per combination of identifiers and landing day: map_segment__identifier_observations says
-- why.
with

loaded as (

    {{ cdp.read_from(['source_table']) }}

),

records as (

    select
        'events' as source_table,
        anonymous_id,
        user_id,
        occurred_at,
        received_at
    from {{ ref('stg_snowplow__events') }}
    where quarantine_reason is null

),

combinations as (

    select
        records.source_table,
        records.anonymous_id,
        records.user_id,
        cast(records.received_at as date) as received_on,
        min(records.occurred_at) as observed_at,
        max(records.received_at) as received_at
    from records
    left join loaded on records.source_table = loaded.source_table
    -- Nothing loaded, or a row without a loader's clock: read.
    where coalesce(records.received_at >= cast(loaded.read_from_at as date), true)
    group by
        records.source_table,
        records.anonymous_id,
        records.user_id,
        cast(records.received_at as date)

),

keyed as (

    select
        source_table,
        source_table || ':' || coalesce(cast(received_on as varchar), 'undated') || ':'
        || {{ cdp.surrogate_key(['anonymous_id', 'user_id']) }} as record_key,
        anonymous_id,
        user_id,
        cast(null as varchar) as country_code,
        observed_at,
        received_at
    from combinations

),

final as (

    {{ cdp.unpivot_identifiers('keyed', 'snowplow', {
        'user_id': 'user_id',
        'anonymous_id': 'anonymous_id',
    }) }}

)

select * from final
