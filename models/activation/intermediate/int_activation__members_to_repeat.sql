{#-
    Vendors that find people by whatever they were given may know one account by what was sent under
    two keys, and did so most likely where two profiles became one: taking out one key takes out the
    account, with who is to stay by the other. So who stays is sent again, if their last request had
    begun when a key of theirs was taken out.
-#}
with

sync_catalog as (

    select * from {{ ref('sync_catalog') }}
    where
        transport_code in ({{ cdp.matching_transports() }})
        and mode_code <> 'append'

),

sync_state as (

    select * from {{ ref('sync_state') }}

),

identifiers_moved as (

    select * from {{ ref('int_activation__identifiers_moved') }}

),

batches as (

    select * from {{ ref('int_activation__sync_batches') }}

),

-- distinct: many identifiers move together
successors as (

    select distinct
        former_profile_id,
        profile_id
    from identifiers_moved

),

removed as (

    select
        sync_state.sync_name,
        sync_state.audience_name,
        sync_state.profile_id,
        sync_state.last_confirmed_at
    from sync_state
    inner join sync_catalog on sync_state.sync_name = sync_catalog.sync_name
    where sync_state.status_code = 'removed'

),

-- Whose key it may have been, as they are now.
owners as (

    select
        sync_name,
        audience_name,
        profile_id,
        last_confirmed_at
    from removed
    union all
    select
        removed.sync_name,
        removed.audience_name,
        successors.profile_id,
        removed.last_confirmed_at
    from removed
    inner join successors on removed.profile_id = successors.former_profile_id

),

-- By every profile that they may have been sent as.
named as (

    select
        sync_name,
        audience_name,
        profile_id,
        last_confirmed_at
    from owners
    union all
    select
        owners.sync_name,
        owners.audience_name,
        successors.former_profile_id as profile_id,
        owners.last_confirmed_at
    from owners
    inner join successors on owners.profile_id = successors.profile_id

),

last_removed as (

    select
        sync_name,
        audience_name,
        profile_id,
        max(last_confirmed_at) as removed_at
    from named
    group by sync_name, audience_name, profile_id

),

final as (

    select
        sync_state.sync_name,
        sync_state.audience_name,
        sync_state.member_key
    from last_removed
    inner join sync_state
        on
            last_removed.sync_name = sync_state.sync_name
            and last_removed.audience_name = sync_state.audience_name
            and last_removed.profile_id = sync_state.profile_id
    left join batches on sync_state.batch_id = batches.batch_id
    where
        sync_state.status_code <> 'removed'
        and coalesce(batches.started_at, sync_state.last_confirmed_at) <= last_removed.removed_at

)

select * from final
