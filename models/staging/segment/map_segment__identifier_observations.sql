-- Streams name the same few identifiers again and again: one row per combination and landing day,
-- not per event. A run reads the landing days from the last one on, wholly, and replaces their rows
-- by key, so that it equals a rebuild. A visitor who names only a browser is a row as well.
with

loaded as (

    {{ cdp.read_from(['source_table']) }}

),

records as (

    select
        'tracks' as source_table,
        anonymous_id,
        user_id,
        cast(null as varchar) as email,
        cast(null as varchar) as phone,
        cast(null as varchar) as country_code,
        occurred_at,
        received_at
    from {{ ref('stg_segment__tracks') }}
    where quarantine_reason is null

    union all

    select
        'pages' as source_table,
        anonymous_id,
        user_id,
        cast(null as varchar) as email,
        cast(null as varchar) as phone,
        cast(null as varchar) as country_code,
        occurred_at,
        received_at
    from {{ ref('stg_segment__pages') }}
    where quarantine_reason is null

    union all

    select
        'identifies' as source_table,
        anonymous_id,
        user_id,
        email,
        phone,
        country_code,
        occurred_at,
        received_at
    from {{ ref('stg_segment__identifies') }}
    where quarantine_reason is null

),

combinations as (

    select
        records.source_table,
        records.anonymous_id,
        records.user_id,
        records.email,
        records.phone,
        records.country_code,
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
        records.email,
        records.phone,
        records.country_code,
        cast(records.received_at as date)

),

keyed as (

    select
        source_table,
        source_table || ':' || coalesce(cast(received_on as varchar), 'undated') || ':'
        || {{ cdp.surrogate_key(
            ['anonymous_id', 'user_id', 'email', 'phone', 'country_code']
        ) }} as record_key,
        anonymous_id,
        user_id,
        email,
        phone,
        country_code,
        observed_at,
        received_at
    from combinations

),

final as (

    {{ cdp.unpivot_identifiers('keyed', 'segment', {
        'user_id': 'user_id',
        'email': 'email',
        'phone': 'phone',
        'anonymous_id': 'anonymous_id',
    }) }}

)

select * from final
