-- Whoever is at a destination and has since said no is in the outbox as a removal; only a removal
-- that the destination itself refused lately may wait. What was appended cannot be taken back.
with

sync_state as (

    select * from {{ ref('sync_state') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

consent_state as (

    select * from {{ ref('consent_state') }}

),

suppressions as (

    select * from {{ ref('suppressions') }}

),

sync_plan as (

    select * from {{ ref('sync_plan') }}

),

refused as (

    select
        profile_id,
        purpose_code,
        channel_code
    from suppressions
    union all
    select
        profile_id,
        purpose_code,
        channel_code
    from consent_state
    where status_code = 'denied'

),

final as (

    select
        sync_state.sync_name,
        sync_state.audience_name,
        sync_state.member_key
    from sync_state
    inner join sync_catalog
        on sync_state.sync_name = sync_catalog.sync_name
    inner join refused
        on
            sync_state.profile_id = refused.profile_id
            and sync_catalog.purpose_code = refused.purpose_code
            and sync_catalog.channel_code = refused.channel_code
    left join sync_plan
        on
            sync_state.sync_name = sync_plan.sync_name
            and sync_state.audience_name = sync_plan.audience_name
            and sync_state.member_key = sync_plan.member_key
    where
        sync_state.status_code <> 'removed'
        and sync_catalog.mode_code <> 'append'
        and (
            -- the same key may meanwhile stand for somebody else who consented
            coalesce(sync_plan.profile_id, sync_state.profile_id) = sync_state.profile_id
            and (
                coalesce(sync_plan.operation_code, '') <> 'remove'
                or coalesce(sync_plan.hold_code, 'dead_letter') <> 'dead_letter'
            )
        )

)

select * from final
