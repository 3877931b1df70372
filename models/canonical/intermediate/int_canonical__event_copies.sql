-- Streams deliver some events twice. Repeated ids are found by one aggregate, so the stream is
-- never sorted; only their rows are numbered. The copy that arrived first is the event.
--
-- A run looks at rows that arrived since the last copy it knows of, less the loader's clock skew,
-- and for each id among them at all its copies: a late copy of an old event is found, and the
-- result equals a rebuild.
with

landed as (

    select * from {{ ref('int_canonical__events_landed') }}

),

{% if is_incremental() %}
known as (

    select coalesce(max(received_at), cast('1900-01-01' as timestamp)) as received_until_at
    from {{ this }}

),

arrived as (

    select
        landed.source_name,
        landed.record_key
    from landed
    -- One row: when the last known copy arrived.
    cross join known
    where
        landed.received_at
        >= known.received_until_at - interval '{{ var("loader_skew_hours") }} hours'
    group by landed.source_name, landed.record_key

),

considered as (

    select
        landed.source_name,
        landed.record_key
    from landed
    inner join arrived
        on
            landed.source_name = arrived.source_name
            and landed.record_key = arrived.record_key

),
{% else %}
considered as (

    select
        source_name,
        record_key
    from landed

),
{% endif %}

repeated as (

    select
        source_name,
        record_key
    from considered
    group by source_name, record_key
    having count(*) > 1

),

final as (

    select
        landed.source_name,
        landed.source_table,
        landed.record_key,
        landed.identifier_type,
        landed.identifier_value,
        landed.country_code,
        landed.event_type,
        landed.event_name,
        landed.channel_code,
        landed.session_id,
        landed.page_url,
        landed.referrer_url,
        landed.utm_source,
        landed.utm_medium,
        landed.utm_campaign,
        landed.product_id,
        landed.store_id,
        landed.revenue_amount,
        landed.currency_code,
        landed.device_type,
        landed.is_bot,
        landed.occurred_at,
        landed.received_at,
        cast(row_number() over (
            partition by landed.source_name, landed.record_key
            order by
                landed.received_at asc nulls last,
                landed.occurred_at asc,
                {{ cdp.surrogate_key([
                    'landed.identifier_value', 'landed.event_type', 'landed.page_url',
                    'landed.session_id', 'landed.product_id', 'landed.revenue_amount',
                    'landed.referrer_url', 'landed.device_type',
                ]) }} asc
        ) as integer) as copy_number
    from landed
    inner join repeated
        on
            landed.source_name = repeated.source_name
            and landed.record_key = repeated.record_key

)

select * from final
