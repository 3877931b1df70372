{#-
    What closes a channel whatever the consent says. A complaint or an unsubscribe is lifted only by
    a later statement that grants the purpose on that channel by name: a grant for `all`, an earlier
    one, or one of the same instant does not count, nor does a clock that is ahead of its loading. It
    has to come from the same address, or from a login or sender's id that stands for it: of two people
    who became one, the other cannot take back who unsubscribed. A bounce closes its address, see
    open_bounces, and the channel only where the person has no other address for it, or where nobody
    knows which address it was; a later message that arrived lifts it. An erasure request is never
    lifted. A signal counts from the moment we have it, whatever its own clock says. One model for all
    reasons: each is a few lines, and the rules say of all alike what they close.
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

open_bounces as (

    select * from {{ ref('open_bounces') }}

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

-- distinct: a person may have several; a number that is dead on one channel counts as dead
reachable as (

    select distinct
        identity_map.profile_id,
        identity_map.identifier_type
    from identity_map
    where
        identity_map.identifier_type in ('email', 'phone')
        and identity_map.is_admitted
        and not exists (
            select 1 as dead
            from open_bounces
            where
                open_bounces.is_address
                and open_bounces.identifier_key = identity_map.identifier_key
        )

),

signals as (

    select
        message_events.identifier_key,
        message_events.message_event_type as reason_code,
        consent_channels.channel_code,
        message_events.source_name,
        message_events.record_key,
        message_events.occurred_at,
        message_events.received_at
    from message_events
    inner join consent_channels
        on message_events.channel_code = consent_channels.message_channel_code
    where message_events.message_event_type in ('complained', 'unsubscribed')
    union all
    select
        open_bounces.identifier_key,
        'hard_bounced' as reason_code,
        open_bounces.channel_code,
        open_bounces.source_name,
        open_bounces.record_key,
        open_bounces.since_at as occurred_at,
        open_bounces.received_at
    from open_bounces
    inner join identity_map
        on open_bounces.identifier_key = identity_map.identifier_key
    left join reachable
        on
            open_bounces.is_address
            and identity_map.profile_id = reachable.profile_id
            and identity_map.identifier_type = reachable.identifier_type
    where reachable.profile_id is null
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

granted as (

    select
        consent_events.identifier_key,
        consent_events.purpose_code,
        consent_events.channel_code,
        least(consent_events.occurred_at, consent_events.received_at) as granted_at
    from consent_events
    where
        consent_events.status_code = 'granted'
        and consent_events.occurred_at <= {{ cdp.as_of() }}

),

-- identifiers whose address is asked for; only a person who refused has something to take back
addressed as (

    select distinct
        spoken.identifier_key,
        spoken.channel_code,
        case
            when spoken.channel_code = 'email' then 'email'
            when spoken.channel_code in ('sms', 'whatsapp') then 'phone'
        end as point_type_code
    from (
        select
            identifier_key,
            channel_code
        from signals
        union all
        select
            identifier_key,
            channel_code
        from granted
    ) as spoken
    inner join identity_map as speakers
        on spoken.identifier_key = speakers.identifier_key
    where
        exists (
            select 1 as refused
            from signals
            inner join identity_map
                on signals.identifier_key = identity_map.identifier_key
            where
                signals.reason_code in ('complained', 'unsubscribed')
                and identity_map.profile_id = speakers.profile_id
        )

),

stated as (

    {{ cdp.stated_addresses('addressed') }}

),

subjects as (

    select
        addressed.identifier_key,
        addressed.channel_code,
        coalesce(stated.address_key, addressed.identifier_key) as subject_key
    from addressed
    left join stated
        on
            addressed.identifier_key = stated.sender_key
            and addressed.point_type_code = stated.point_type_code

),

-- the rules say which purposes and channels a signal closes
closed as (

    select
        identity_map.profile_id,
        consent_purposes.purpose_code,
        consent_channels.channel_code,
        signals.reason_code,
        suppression_rules.lifted_by_code,
        case suppression_rules.lifted_by_code
            when 'later_grant' then subjects.subject_key
            else identity_map.profile_id
        end as lift_key,
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
    left join subjects
        on
            signals.identifier_key = subjects.identifier_key
            and signals.channel_code = subjects.channel_code
    where
        signals.occurred_at <= {{ cdp.as_of() }}
        or signals.received_at <= {{ cdp.as_of() }}

),

lifts as (

    select
        subjects.subject_key as lift_key,
        granted.purpose_code,
        granted.channel_code,
        'later_grant' as lifted_by_code,
        max(granted.granted_at) as lifted_at
    from granted
    inner join subjects
        on
            granted.identifier_key = subjects.identifier_key
            and granted.channel_code = subjects.channel_code
    group by subjects.subject_key, granted.purpose_code, granted.channel_code
    union all
    select
        identity_map.profile_id as lift_key,
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
            closed.lift_key = lifts.lift_key
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
