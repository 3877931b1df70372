with

fed as (

    {{ cdp.union_feeds('message_events', derived=['identifier_key']) }}

),

keyed as (

    {{ cdp.with_identifier_key('fed') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        channel_code,
        message_event_type,
        campaign_id,
        campaign_name,
        subject_text,
        occurred_at,
        received_at
    from keyed

)

select * from final
