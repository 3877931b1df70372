-- Streams are large and only grow: their days are kept. The days of other tables are added up anew.
with

streams as (

    select * from {{ ref('int_profile__stream_facets_daily') }}
    where {{ cdp.is_streamed() }}

),

records as (

    select * from {{ ref('int_profile__record_facets_daily') }}

),

together as (

    select
        source_name,
        source_table,
        identifier_type,
        identifier_value,
        identifier_key,
        event_date,
        facet_code,
        facet_value,
        medium_name,
        campaign_name,
        event_count,
        add_to_cart_count,
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
        facet_code,
        facet_value,
        medium_name,
        campaign_name,
        event_count,
        add_to_cart_count,
        first_occurred_at,
        last_occurred_at,
        received_at
    from records

)

select * from together
