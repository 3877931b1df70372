{#-
    A member of a sync with `message: true` that the destination confirmed was sent a message. The key
    is an identifier then, so that the message finds its reader like any other source's.
-#}
with

items as (

    {{ cdp.ledger_items() }}

),

consent_channels as (

    select * from {{ ref('consent_channels') }}

),

messages as (

    {{ cdp.syncs_that_message() }}

),

final as (

    select
        'own_syncs' as source_name,
        'sync_item' as source_table,
        items.run_id || ':' || cast(items.item_number as varchar) as record_key,
        messages.identifier_type,
        items.member_key as identifier_value,
        cast(null as varchar) as country_code,
        consent_channels.message_channel_code as channel_code,
        'sent' as message_event_type,
        items.sync_name as campaign_id,
        items.audience_name as campaign_name,
        cast(null as varchar) as subject_text,
        items.settled_at as occurred_at,
        items.settled_at as received_at
    from items
    inner join messages on items.sync_name = messages.sync_name
    inner join consent_channels on items.channel_code = consent_channels.channel_code
    where
        items.status_code = 'confirmed'
        and items.operation_code <> 'remove'

)

select * from final
