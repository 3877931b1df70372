{#-
    A bounce says that an address is dead, not that its owner said no: it closes the address, and
    suppressions closes the channel only where no other address of the person is left. A message that
    arrived at the address afterwards opens it again, whichever sender it came from. A bounce counts
    from the moment we have it, whatever its own clock says.
-#}
with

message_events as (

    select * from {{ ref('message_events') }}

),

identity_map as (

    select * from {{ ref('identity_map') }}
    where identifier_type in ('email', 'phone')

),

consent_channels as (

    select * from {{ ref('consent_channels') }}

),

bounced as (

    select
        identifier_key,
        channel_code,
        source_name,
        record_key,
        occurred_at,
        received_at
    from message_events
    where
        message_event_type = 'bounced'
        and (occurred_at <= {{ cdp.as_of() }} or received_at <= {{ cdp.as_of() }})

),

arrived as (

    select
        identifier_key,
        channel_code,
        max(occurred_at) as arrived_at
    from message_events
    where
        message_event_type in ('delivered', 'opened', 'clicked')
        and occurred_at <= {{ cdp.as_of() }}
    group by identifier_key, channel_code

),

-- distinct: one identifier has many messages
senders as (

    select distinct
        identifier_key,
        channel_code,
        case
            when channel_code = 'email' then 'email'
            when channel_code in ('sms', 'whatsapp') then 'phone'
        end as point_type_code
    from (
        select
            identifier_key,
            channel_code
        from bounced
        union all
        select
            identifier_key,
            channel_code
        from arrived
    ) as written_to

),

stated as (

    {{ cdp.stated_addresses('senders') }}

),

located as (

    select
        senders.identifier_key,
        senders.channel_code,
        case
            when identity_map.identifier_key is null and stated.address_key is not null
                then stated.address_key
            else senders.identifier_key
        end as address_key,
        identity_map.identifier_key is not null or stated.address_key is not null as is_address
    from senders
    left join identity_map
        on
            senders.identifier_key = identity_map.identifier_key
            and senders.point_type_code = identity_map.identifier_type
    left join stated
        on
            senders.identifier_key = stated.sender_key
            and senders.point_type_code = stated.point_type_code

),

reached as (

    select
        located.address_key,
        located.channel_code,
        max(arrived.arrived_at) as arrived_at
    from arrived
    inner join located
        on
            arrived.identifier_key = located.identifier_key
            and arrived.channel_code = located.channel_code
    group by located.address_key, located.channel_code

),

in_force as (

    select
        located.address_key,
        located.is_address,
        bounced.channel_code,
        bounced.source_name,
        bounced.record_key,
        bounced.occurred_at,
        bounced.received_at,
        row_number() over (
            partition by located.address_key, bounced.channel_code
            order by
                bounced.occurred_at,
                {{ cdp.binary_order('bounced.source_name') }},
                {{ cdp.binary_order('bounced.record_key') }}
        ) as age
    from bounced
    inner join located
        on
            bounced.identifier_key = located.identifier_key
            and bounced.channel_code = located.channel_code
    left join reached
        on
            located.address_key = reached.address_key
            and located.channel_code = reached.channel_code
    where reached.arrived_at is null or bounced.occurred_at >= reached.arrived_at

),

final as (

    select
        in_force.address_key as identifier_key,
        consent_channels.channel_code,
        in_force.source_name,
        in_force.record_key,
        in_force.is_address,
        in_force.occurred_at as since_at,
        in_force.received_at
    from in_force
    inner join consent_channels
        on in_force.channel_code = consent_channels.message_channel_code
    where in_force.age = 1

)

select * from final
