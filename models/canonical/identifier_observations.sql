-- A view of what is kept and what is made anew, as profile.event_days is.
with

streams as (

    select * from {{ ref('int_canonical__stream_observations') }}
    where {{ cdp.is_streamed() }}

),

records as (

    select * from {{ ref('int_canonical__record_observations') }}

),

together as (

    select
        source_name,
        source_table,
        record_key,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        identifier_namespace,
        identifier_normalised,
        observed_at,
        received_at
    from streams

    union all

    select
        source_name,
        source_table,
        record_key,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        identifier_namespace,
        identifier_normalised,
        observed_at,
        received_at
    from records

)

select * from together
