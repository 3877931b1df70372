-- A view: at the size of event streams a copy would cost more than everything read from it.
--
-- The kept copies are named twice: DuckDB materializes what is named once and read twice, and then
-- pushes no reader's condition into the streams (6 M events: 2.4 s of CPU against 0.1 s to read two
-- days, 7.1 s against 3.1 s to read them all, 2026-11-23).
with

landed as (

    select * from {{ ref('int_canonical__events_landed') }}

),

repeated as (

    select
        source_name,
        record_key
    from {{ ref('int_canonical__event_copies') }}
    where copy_number = 1

),

first_copies as (

    select * from {{ ref('int_canonical__event_copies') }}
    where
        copy_number = 1
        and source_name in {{ cdp.sources_feeding('events') }}

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
        landed.received_at
    from landed
    left join repeated
        on
            landed.source_name = repeated.source_name
            and landed.record_key = repeated.record_key
    where repeated.record_key is null

    union all

    select
        source_name,
        source_table,
        record_key,
        identifier_type,
        identifier_value,
        country_code,
        event_type,
        event_name,
        channel_code,
        session_id,
        page_url,
        referrer_url,
        utm_source,
        utm_medium,
        utm_campaign,
        product_id,
        store_id,
        revenue_amount,
        currency_code,
        device_type,
        is_bot,
        occurred_at,
        received_at
    from first_copies

)

select * from final
