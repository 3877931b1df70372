{#-
    What a person said or did against being contacted; silence is not in here. A profile that ended in
    a merge is refused as the one that has its identifiers now: destinations may still know it.
-#}
with

consent_state as (

    select * from {{ ref('consent_state') }}

),

suppressions as (

    select * from {{ ref('suppressions') }}

),

refusals as (

    select
        profile_id,
        purpose_code,
        channel_code,
        reason_code,
        priority
    from suppressions
    union all
    select
        profile_id,
        purpose_code,
        channel_code,
        'consent_denied' as reason_code,
        0 as priority
    from consent_state
    where status_code = 'denied'

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

identity_map_history as (

    select * from {{ ref('identity_map_history') }}

),

-- distinct: several identifiers moved at once
ended as (

    select distinct
        identity_map_history.profile_id as ended_profile_id,
        identity_map.profile_id
    from identity_map_history
    inner join identity_map
        on identity_map_history.identifier_key = identity_map.identifier_key
    where
        not exists (
            select 1 as alive
            from identity_map as current_map
            where identity_map_history.profile_id = current_map.profile_id
        )

),

inherited as (

    select
        profile_id,
        purpose_code,
        channel_code,
        reason_code,
        priority
    from refusals
    union all
    select
        ended.ended_profile_id as profile_id,
        refusals.purpose_code,
        refusals.channel_code,
        refusals.reason_code,
        refusals.priority
    from refusals
    inner join ended on refusals.profile_id = ended.profile_id

),

ranked as (

    select
        inherited.*,
        row_number() over (
            partition by inherited.profile_id, inherited.purpose_code, inherited.channel_code
            order by
                inherited.priority,
                inherited.reason_code
        ) as choice
    from inherited

),

final as (

    select
        profile_id,
        purpose_code,
        channel_code,
        reason_code
    from ranked
    where choice = 1

)

select * from final
