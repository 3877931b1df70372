-- Streams are large and only grow: their days are kept. What other tables say can change, and a
-- checkout that was left and then completed is no event any more: their days are added up anew.
with

streams as (

    select * from {{ ref('int_profile__stream_facets_daily') }}
    where {{ cdp.is_streamed() }}

),

records as (

    select * from {{ ref('events') }}
    where not ({{ cdp.is_streamed() }})

),

{{ cdp.daily_facets('records') }},

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
    from final

)

select * from together
