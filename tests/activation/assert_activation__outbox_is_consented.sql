-- Nobody leaves without consent for the sync's own purpose and channel, and nobody suppressed.
-- Reads the consent tables, not contact_permissions, so that a mistake there is seen. Removals take
-- people away from a destination and need no consent.
with

sync_outbox as (

    select * from {{ ref('sync_outbox') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

consent_purposes as (

    select * from {{ ref('consent_purposes') }}

),

consent_state as (

    select * from {{ ref('consent_state') }}

),

suppressions as (

    select * from {{ ref('suppressions') }}

),

final as (

    select
        sync_outbox.sync_name,
        sync_outbox.profile_id,
        consent_state.status_code,
        suppressions.reason_code
    from sync_outbox
    left join sync_catalog
        on sync_outbox.sync_name = sync_catalog.sync_name
    left join consent_purposes
        on sync_catalog.purpose_code = consent_purposes.purpose_code
    left join consent_state
        on
            sync_outbox.profile_id = consent_state.profile_id
            and sync_catalog.purpose_code = consent_state.purpose_code
            and sync_catalog.channel_code = consent_state.channel_code
    left join suppressions
        on
            sync_outbox.profile_id = suppressions.profile_id
            and sync_catalog.purpose_code = suppressions.purpose_code
            and sync_catalog.channel_code = suppressions.channel_code
    where
        sync_outbox.action_code <> 'remove'
        and (
            coalesce(
                consent_state.status_code, consent_purposes.default_status_code, 'denied'
            ) <> 'granted'
            or suppressions.reason_code is not null
        )

)

select * from final
