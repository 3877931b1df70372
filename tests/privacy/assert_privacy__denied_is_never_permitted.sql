-- Whoever's latest word by any identifier is no, or who asked to be erased, is on no positive list.
-- Written from the statements, not from consent_state.
with

consent_events as (

    select * from {{ ref('consent_events') }}
    where
        occurred_at <= {{ cdp.as_of() }}
        or (status_code <> 'granted' and received_at <= {{ cdp.as_of() }})

),

erasure_requests as (

    select * from {{ ref('erasure_requests') }}
    where
        request_type = 'erasure'
        and (requested_at <= {{ cdp.as_of() }} or received_at <= {{ cdp.as_of() }})

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

contact_permissions as (

    select * from {{ ref('contact_permissions') }}

),

denied as (

    select
        contact_permissions.profile_id,
        contact_permissions.purpose_code,
        contact_permissions.channel_code,
        denials.source_name,
        denials.record_key
    from contact_permissions
    inner join identity_map
        on contact_permissions.profile_id = identity_map.profile_id
    inner join consent_events as denials
        on
            identity_map.identifier_key = denials.identifier_key
            and (
                contact_permissions.purpose_code = denials.purpose_code
                or denials.purpose_code not in (
                    select purpose_code from {{ ref('consent_purposes') }}
                )
            )
            and (
                contact_permissions.channel_code = denials.channel_code
                or denials.channel_code not in (
                    select channel_code from {{ ref('consent_channels') }}
                )
            )
    left join consent_events as later
        on
            denials.identifier_key = later.identifier_key
            and later.purpose_code in ('all', contact_permissions.purpose_code)
            and later.channel_code in ('all', contact_permissions.channel_code)
            and later.status_code = 'granted'
            and denials.occurred_at < least(later.occurred_at, later.received_at)
    where
        denials.status_code <> 'granted'
        and later.record_key is null

),

erased as (

    select
        contact_permissions.profile_id,
        contact_permissions.purpose_code,
        contact_permissions.channel_code,
        erasure_requests.source_name,
        erasure_requests.record_key
    from contact_permissions
    inner join identity_map
        on contact_permissions.profile_id = identity_map.profile_id
    inner join erasure_requests
        on identity_map.identifier_key = erasure_requests.identifier_key

),

final as (

    select * from denied
    union all
    select * from erased

)

select * from final
