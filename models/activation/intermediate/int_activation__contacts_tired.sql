{#-
    Who got as many messages on a sync's channel as its frequency cap allows. A feed that says only
    what was delivered counts as much as one that says what was sent.
-#}
with

sync_catalog as (

    select * from {{ ref('sync_catalog') }}
    where frequency_cap_messages is not null

),

consent_channels as (

    select * from {{ ref('consent_channels') }}

),

message_days as (

    select * from {{ ref('message_days') }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

final as (

    select
        sync_catalog.sync_name,
        identity_map.profile_id,
        sum(
            greatest(message_days.sent_count, message_days.delivered_count)
        ) as message_count
    from sync_catalog
    inner join consent_channels
        on sync_catalog.channel_code = consent_channels.channel_code
    inner join message_days
        on
            consent_channels.message_channel_code = message_days.channel_code
            and message_days.event_date
            > cast({{ cdp.as_of() }} as date) - sync_catalog.frequency_cap_days
            and message_days.event_date <= cast({{ cdp.as_of() }} as date)
    inner join identity_map
        on message_days.identifier_key = identity_map.identifier_key
    group by
        sync_catalog.sync_name,
        sync_catalog.frequency_cap_messages,
        identity_map.profile_id
    having
        sum(greatest(message_days.sent_count, message_days.delivered_count))
        >= sync_catalog.frequency_cap_messages

)

select * from final
