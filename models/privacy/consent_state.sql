{#-
    Strictest wins. A later statement replaces an earlier one of the same identifier (of two at the
    same instant the denial holds); across the identifiers of one person a denial beats any grant,
    however late: the one who said no may be the only one who reads that inbox. A no counts from the
    moment we have it, whatever its own clock says, and a no to a purpose or channel that is not in
    our lists is a no to all of them. A yes has to name its purpose, and was not said after it was
    loaded: a clock that is ahead would put it after a no that it came before.
-#}
with

-- anything but a clear yes is a no
consent_events as (

    select
        *,
        coalesce(status_code = 'granted', false) as is_granted
    from {{ ref('consent_events') }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

consent_purposes as (

    select * from {{ ref('consent_purposes') }}

),

consent_channels as (

    select * from {{ ref('consent_channels') }}

),

-- what a statement is about; null where a yes is about nothing we know
placed as (

    select
        consent_events.*,
        case
            when consent_purposes.purpose_code is not null then consent_purposes.purpose_code
            when not consent_events.is_granted then 'all'
        end as placed_purpose_code,
        case
            when consent_channels.channel_code is not null then consent_channels.channel_code
            when not consent_events.is_granted or consent_events.channel_code = 'all' then 'all'
        end as placed_channel_code
    from consent_events
    left join consent_purposes
        on consent_events.purpose_code = consent_purposes.purpose_code
    left join consent_channels
        on consent_events.channel_code = consent_channels.channel_code
    where
        consent_events.occurred_at <= {{ cdp.as_of() }}
        or (not consent_events.is_granted and consent_events.received_at <= {{ cdp.as_of() }})

),

statements as (

    select
        identity_map.profile_id,
        placed.identifier_key,
        consent_purposes.purpose_code,
        consent_channels.channel_code,
        placed.source_name,
        placed.record_key,
        placed.purpose_code as stated_purpose_code,
        placed.channel_code as stated_channel_code,
        case when placed.is_granted then 'granted' else 'denied' end as status_code,
        case
            when placed.is_granted then least(placed.occurred_at, placed.received_at)
            else placed.occurred_at
        end as occurred_at
    from placed
    inner join identity_map
        on placed.identifier_key = identity_map.identifier_key
    inner join consent_purposes
        on placed.placed_purpose_code in ('all', consent_purposes.purpose_code)
    inner join consent_channels
        on placed.placed_channel_code in ('all', consent_channels.channel_code)

),

latest_by_identifier as (

    select
        statements.*,
        row_number() over (
            partition by
                statements.identifier_key, statements.purpose_code, statements.channel_code
            order by
                statements.occurred_at desc,
                case when statements.status_code = 'denied' then 0 else 1 end,
                {{ cdp.binary_order('statements.source_name') }},
                {{ cdp.binary_order('statements.record_key') }},
                {{ cdp.binary_order('statements.stated_purpose_code') }},
                {{ cdp.binary_order('statements.stated_channel_code') }}
        ) as recency
    from statements

),

in_force as (

    select
        latest_by_identifier.*,
        {{ cdp.surrogate_key([
            'latest_by_identifier.source_name',
            'latest_by_identifier.record_key',
            'latest_by_identifier.stated_purpose_code',
            'latest_by_identifier.stated_channel_code',
            'latest_by_identifier.status_code',
        ]) }} as statement_hash,
        row_number() over (
            partition by
                latest_by_identifier.profile_id,
                latest_by_identifier.purpose_code,
                latest_by_identifier.channel_code
            order by
                case when latest_by_identifier.status_code = 'denied' then 0 else 1 end,
                latest_by_identifier.occurred_at desc,
                {{ cdp.binary_order('latest_by_identifier.source_name') }},
                {{ cdp.binary_order('latest_by_identifier.record_key') }},
                {{ cdp.binary_order('latest_by_identifier.identifier_key') }}
        ) as strictness
    from latest_by_identifier
    where latest_by_identifier.recency = 1

),

versions as (

    select
        profile_id,
        purpose_code,
        channel_code,
        md5(string_agg(statement_hash, ',' order by statement_hash)) as consent_version,
        cast(count(*) as integer) as statement_count
    from in_force
    group by profile_id, purpose_code, channel_code

),

final as (

    select
        in_force.profile_id,
        in_force.purpose_code,
        in_force.channel_code,
        in_force.status_code,
        in_force.source_name,
        in_force.record_key,
        in_force.identifier_key,
        versions.consent_version,
        versions.statement_count,
        in_force.occurred_at as decided_at
    from in_force
    inner join versions
        on
            in_force.profile_id = versions.profile_id
            and in_force.purpose_code = versions.purpose_code
            and in_force.channel_code = versions.channel_code
    where in_force.strictness = 1

)

select * from final
