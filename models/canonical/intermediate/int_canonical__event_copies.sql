-- Streams deliver some events twice. Repeated ids are found by one aggregate, so the stream is
-- never sorted; only their rows are numbered. The copy that arrived first is the event.
--
-- A run takes the ids that arrived since the last copy it knows of, less the loader's clock skew,
-- and replaces each id by all of its copies, however old: so it equals a rebuild. A landed row must
-- stay: one that is taken out of a stream leaves this table at the next full refresh.
with

landed as (

    select * from {{ ref('int_canonical__events_landed') }}

),

{% if is_incremental() %}
loaded as (

    {{ cdp.read_from(['source_name', 'source_table']) }}

),

arrived as (

    select
        landed.source_name,
        landed.record_key
    from landed
    left join loaded
        on
            landed.source_name = loaded.source_name
            and landed.source_table = loaded.source_table
    -- Nothing loaded, or a row without a loader's clock: read.
    where coalesce(landed.received_at >= loaded.read_from_at, true)
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
                landed.occurred_at asc nulls last,
                -- All the rest: copies that tie are the same.
                {{ cdp.binary_order(cdp.surrogate_key([
                    'landed.identifier_type', 'landed.identifier_value', 'landed.country_code',
                    'landed.event_type', 'landed.event_name', 'landed.channel_code',
                    'landed.session_id', 'landed.page_url', 'landed.referrer_url',
                    'landed.utm_source', 'landed.utm_medium', 'landed.utm_campaign',
                    'landed.product_id', 'landed.store_id', 'landed.revenue_amount',
                    'landed.currency_code', 'landed.device_type', 'landed.is_bot',
                ])) }} asc
        ) as integer) as copy_number
    from landed
    inner join repeated
        on
            landed.source_name = repeated.source_name
            and landed.record_key = repeated.record_key

)

select * from final
