-- One row per combination of identifiers and landing day, as in
-- map_segment__identifier_observations.
with

{% if is_incremental() %}
loaded as (

    select cast(max(received_at) as date) as last_day
    from {{ this }}

),
{% else %}
loaded as (

    select cast('1900-01-01' as date) as last_day

),
{% endif %}

events as (

    select * from {{ ref('stg_snowplow__events') }}
    where quarantine_reason is null

),

combinations as (

    select
        events.anonymous_id,
        events.user_id,
        cast(events.received_at as date) as received_on,
        min(events.occurred_at) as observed_at,
        max(events.received_at) as received_at
    from events
    -- One row: the day from which to read.
    cross join loaded
    where events.received_at >= loaded.last_day
    group by
        events.anonymous_id,
        events.user_id,
        cast(events.received_at as date)

),

keyed as (

    select
        'events:' || cast(received_on as varchar) || ':'
        || {{ cdp.surrogate_key(['anonymous_id', 'user_id']) }} as record_key,
        'events' as source_table,
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
