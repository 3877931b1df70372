{#-
    What closes a channel whatever the consent says. A complaint or an unsubscribe is lifted only by
    a later statement of the person that grants the purpose on that channel by name: a grant for
    `all`, an earlier one, or one of the same instant does not count. A bounce is lifted by a later
    message that arrived. An erasure request is never lifted. A signal counts from the moment we have
    it, whatever its own clock says.
-#}
with

message_events as (

    select * from {{ ref('message_events') }}

),

support_tickets as (

    select * from {{ ref('support_tickets') }}

),

erasure_requests as (

    select * from {{ ref('erasure_requests') }}

),

consent_events as (

    select * from {{ ref('consent_events') }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

suppression_rules as (

    select * from {{ ref('suppression_rules') }}

),

consent_purposes as (

    select * from {{ ref('consent_purposes') }}

),

consent_channels as (

    select * from {{ ref('consent_channels') }}

),

signals as (

    select
        message_events.identifier_key,
        case message_events.message_event_type
            when 'bounced' then 'hard_bounced'
            else message_events.message_event_type
        end as reason_code,
        consent_channels.channel_code,
        message_events.source_name,
        message_events.record_key,
        message_events.occurred_at,
        message_events.received_at
    from message_events
    inner join consent_channels
        on message_events.channel_code = consent_channels.message_channel_code
    where message_events.message_event_type in ('complained', 'unsubscribed', 'bounced')
    union all
    select
        support_tickets.identifier_key,
        'open_support_ticket' as reason_code,
        cast(null as varchar) as channel_code,
        support_tickets.source_name,
        support_tickets.record_key,
        support_tickets.opened_at as occurred_at,
        support_tickets.received_at
    from support_tickets
    where
        support_tickets.status_code <> 'solved'
        or coalesce(support_tickets.solved_at, support_tickets.updated_at) >= {{ cdp.as_of() }}
    union all
    select
        erasure_requests.identifier_key,
        'erasure_requested' as reason_code,
        cast(null as varchar) as channel_code,
        erasure_requests.source_name,
        erasure_requests.record_key,
        erasure_requests.requested_at as occurred_at,
        erasure_requests.received_at
    from erasure_requests
    where erasure_requests.request_type = 'erasure'

),

-- the rules say which purposes and channels a signal closes
closed as (

    select
        identity_map.profile_id,
        consent_purposes.purpose_code,
        consent_channels.channel_code,
        signals.reason_code,
        suppression_rules.lifted_by_code,
        suppression_rules.priority,
        signals.source_name,
        signals.record_key,
        signals.occurred_at
    from signals
    inner join identity_map
        on signals.identifier_key = identity_map.identifier_key
    inner join suppression_rules
        on signals.reason_code = suppression_rules.reason_code
    inner join consent_purposes
        on suppression_rules.purpose_code in ('all', consent_purposes.purpose_code)
    inner join consent_channels
        on
            suppression_rules.channel_code in ('all', consent_channels.channel_code)
            or (
                suppression_rules.channel_code = 'same'
                and signals.channel_code = consent_channels.channel_code
            )
    where
        signals.occurred_at <= {{ cdp.as_of() }}
        or signals.received_at <= {{ cdp.as_of() }}

),

lifts as (

    select
        identity_map.profile_id,
        consent_events.purpose_code,
        consent_events.channel_code,
        'later_grant' as lifted_by_code,
        max(consent_events.occurred_at) as lifted_at
    from consent_events
    inner join identity_map
        on consent_events.identifier_key = identity_map.identifier_key
    where
        consent_events.status_code = 'granted'
        and consent_events.occurred_at <= {{ cdp.as_of() }}
    group by
        identity_map.profile_id, consent_events.purpose_code, consent_events.channel_code
    union all
    select
        identity_map.profile_id,
        consent_purposes.purpose_code,
        consent_channels.channel_code,
        'later_delivery' as lifted_by_code,
        max(message_events.occurred_at) as lifted_at
    from message_events
    inner join identity_map
        on message_events.identifier_key = identity_map.identifier_key
    inner join consent_channels
        on message_events.channel_code = consent_channels.message_channel_code
    -- a message that arrived lifts for every purpose
    cross join consent_purposes
    where
        message_events.message_event_type in ('delivered', 'opened', 'clicked')
        and message_events.occurred_at <= {{ cdp.as_of() }}
    group by
        identity_map.profile_id, consent_purposes.purpose_code, consent_channels.channel_code

),

in_force as (

    select
        closed.*,
        row_number() over (
            partition by
                closed.profile_id, closed.purpose_code, closed.channel_code, closed.reason_code
            order by
                closed.occurred_at,
                {{ cdp.binary_order('closed.source_name') }},
                {{ cdp.binary_order('closed.record_key') }}
        ) as age
    from closed
    left join lifts
        on
            closed.profile_id = lifts.profile_id
            and closed.purpose_code = lifts.purpose_code
            and closed.channel_code = lifts.channel_code
            and closed.lifted_by_code = lifts.lifted_by_code
    where lifts.lifted_at is null or closed.occurred_at >= lifts.lifted_at

),

final as (

    select
        profile_id,
        purpose_code,
        channel_code,
        reason_code,
        source_name,
        record_key,
        priority,
        occurred_at as since_at
    from in_force
    where age = 1

)

select * from final
