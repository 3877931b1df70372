-- Streams are large and only grow: their days are kept. The days of other tables are added up anew.
with

streams as (

    select * from {{ ref('int_profile__streams_daily') }}
    where {{ cdp.is_streamed() }}

),

records as (

    select * from {{ ref('int_profile__records_daily') }}

),

together as (

    select
        source_name,
        source_table,
        identifier_type,
        identifier_value,
        identifier_key,
        event_date,
        channel_code,
        page_view_count,
        product_view_count,
        search_count,
        add_to_cart_count,
        checkout_started_count,
        checkout_abandoned_count,
        form_submitted_count,
        store_visit_count,
        event_count,
        late_count,
        last_product_view_at,
        last_add_to_cart_at,
        last_checkout_abandoned_at,
        last_store_visit_at,
        first_occurred_at,
        last_occurred_at,
        received_at
    from streams

    union all

    select
        source_name,
        source_table,
        identifier_type,
        identifier_value,
        identifier_key,
        event_date,
        channel_code,
        page_view_count,
        product_view_count,
        search_count,
        add_to_cart_count,
        checkout_started_count,
        checkout_abandoned_count,
        form_submitted_count,
        store_visit_count,
        event_count,
        late_count,
        last_product_view_at,
        last_add_to_cart_at,
        last_checkout_abandoned_at,
        last_store_visit_at,
        first_occurred_at,
        last_occurred_at,
        received_at
    from records

)

select * from together
