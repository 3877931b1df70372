-- Streams name the same few identifiers again and again: one row per combination and landing day,
-- not per event. A run reads the days from the last one on, so it equals a rebuild.
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
    -- One row: the day from which to read.
    cross join loaded
    where records.received_at >= loaded.last_day
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
        source_table || ':' || cast(received_on as varchar) || ':' || {{ cdp.surrogate_key(
            ['anonymous_id', 'user_id', 'email', 'phone', 'country_code']
        ) }} as record_key,
        source_table,
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
