-- Streams name the same few identifiers again and again: tracks and pages give one row per
-- combination and landing day, not per event; a visitor who names only a browser is one as well.
-- A run reads the landing days from the last one on, wholly, and replaces their rows by key, so
-- that it equals a rebuild.
--
-- Statements of who somebody is are rarer, and each is a record of its own: sent again, it
-- replaces itself, which a row per day could not do.
with

events as (

    select
        'tracks' as source_table,
        anonymous_id,
        user_id,
        occurred_at,
        received_at
    from {{ ref('stg_segment__tracks') }}
    where
        quarantine_reason is null
        and received_at >= cast({{ cdp.read_from("source_table = 'tracks'") }} as date)

    union all

    select
        'pages' as source_table,
        anonymous_id,
        user_id,
        occurred_at,
        received_at
    from {{ ref('stg_segment__pages') }}
    where
        quarantine_reason is null
        and received_at >= cast({{ cdp.read_from("source_table = 'pages'") }} as date)

),

combinations as (

    select
        source_table,
        anonymous_id,
        user_id,
        cast(received_at as date) as received_on,
        min(occurred_at) as observed_at,
        max(received_at) as received_at
    from events
    group by
        source_table,
        anonymous_id,
        user_id,
        cast(received_at as date)

),

records as (

    select
        source_table,
        source_table || ':' || cast(received_on as varchar) || ':'
        || {{ cdp.surrogate_key(['anonymous_id', 'user_id']) }} as record_key,
        anonymous_id,
        user_id,
        cast(null as varchar) as email,
        cast(null as varchar) as phone,
        cast(null as varchar) as country_code,
        observed_at,
        received_at
    from combinations

    union all

    select
        'identifies' as source_table,
        record_key,
        anonymous_id,
        user_id,
        email,
        phone,
        country_code,
        occurred_at as observed_at,
        received_at
    from {{ ref('stg_segment__identifies') }}
    where
        quarantine_reason is null
        -- No stream: a row may lack the loader's clock.
        and coalesce(received_at >= {{ cdp.read_from("source_table = 'identifies'") }}, true)

),

final as (

    {{ cdp.unpivot_identifiers('records', 'segment', {
        'user_id': 'user_id',
        'email': 'email',
        'phone': 'phone',
        'anonymous_id': 'anonymous_id',
    }) }}

)

select * from final
