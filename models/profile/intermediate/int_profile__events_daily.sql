-- Daily facts per identifier, not per person: a merge of two people re-adds a few small rows, and
-- no event is ever rewritten. A run recomputes the days that rows arrived for, late ones too,
-- wholly.
with

events as (

    select * from {{ ref('events') }}

),

{% if is_incremental() %}
loaded as (

    select coalesce(max(last_received_at), cast('1900-01-01' as timestamp)) as received_until_at
    from {{ this }}

),

touched as (

    select cast(events.occurred_at as date) as event_date
    from events
    -- One row: how far the last run had read.
    cross join loaded
    where
        events.received_at
        >= loaded.received_until_at - interval '{{ var("loader_skew_hours") }} hours'
    group by cast(events.occurred_at as date)

),

reopened as (

    select events.*
    from events
    inner join touched on cast(events.occurred_at as date) = touched.event_date

),
{% else %}
reopened as (

    select * from events

),
{% endif %}

daily as (

    select
        source_name,
        identifier_type,
        identifier_value,
        cast(null as varchar) as country_code,
        cast(occurred_at as date) as event_date,
        channel_code,
        sum(case when event_type = 'page_view' then 1 else 0 end) as page_view_count,
        sum(case when event_type = 'product_view' then 1 else 0 end) as product_view_count,
        sum(case when event_type = 'search' then 1 else 0 end) as search_count,
        sum(case when event_type = 'add_to_cart' then 1 else 0 end) as add_to_cart_count,
        sum(case when event_type = 'checkout_started' then 1 else 0 end) as checkout_started_count,
        sum(case when event_type = 'checkout_abandoned' then 1 else 0 end)
            as checkout_abandoned_count,
        sum(case when event_type = 'form_submitted' then 1 else 0 end) as form_submitted_count,
        sum(case when event_type = 'store_visit' then 1 else 0 end) as store_visit_count,
        count(*) as event_count,
        min(occurred_at) as first_occurred_at,
        max(occurred_at) as last_occurred_at,
        max(received_at) as last_received_at
    from reopened
    where
        identifier_value is not null
        and not is_bot
    group by
        source_name,
        identifier_type,
        identifier_value,
        cast(occurred_at as date),
        channel_code

),

keyed as (

    {{ cdp.with_identifier_key('daily') }}

),

final as (

    select
        source_name,
        identifier_type,
        identifier_value,
        identifier_key,
        event_date,
        channel_code,
        cast(page_view_count as integer) as page_view_count,
        cast(product_view_count as integer) as product_view_count,
        cast(search_count as integer) as search_count,
        cast(add_to_cart_count as integer) as add_to_cart_count,
        cast(checkout_started_count as integer) as checkout_started_count,
        cast(checkout_abandoned_count as integer) as checkout_abandoned_count,
        cast(form_submitted_count as integer) as form_submitted_count,
        cast(store_visit_count as integer) as store_visit_count,
        cast(event_count as integer) as event_count,
        first_occurred_at,
        last_occurred_at,
        last_received_at
    from keyed
    where identifier_key is not null

)

select * from final
