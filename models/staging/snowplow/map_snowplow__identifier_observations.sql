-- One row per combination of identifiers and landing day: map_segment__identifier_observations says
-- why.
with

events as (

    select
        anonymous_id,
        user_id,
        occurred_at,
        received_at
    from {{ ref('stg_snowplow__events') }}
    where
        quarantine_reason is null
        and received_at >= cast({{ cdp.read_from("source_table = 'events'") }} as date)

),

combinations as (

    select
        anonymous_id,
        user_id,
        cast(received_at as date) as received_on,
        min(occurred_at) as observed_at,
        max(received_at) as received_at
    from events
    group by
        anonymous_id,
        user_id,
        cast(received_at as date)

),

keyed as (

    select
        'events' as source_table,
        'events:' || cast(received_on as varchar) || ':'
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
