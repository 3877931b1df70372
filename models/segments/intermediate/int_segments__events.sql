with

events as (

    select * from {{ ref('events') }}

),

keyed as (

    {{ cdp.with_identifier_key('events') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        identifier_key,
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
    from keyed

)

select * from final
