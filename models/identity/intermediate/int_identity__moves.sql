-- Identifiers that changed their profile, counted by from, to and moment.
with

history as (

    select * from {{ ref('identity_map_history') }}

),

moved as (

    select
        before.profile_id as from_profile_id,
        after.profile_id as to_profile_id,
        before.valid_to_at as moved_at,
        after.minted_at as to_minted_at,
        count(*) as identifier_count
    from history as before
    inner join history as after
        on
            before.identifier_key = after.identifier_key
            and before.version_number + 1 = after.version_number
    where before.profile_id <> after.profile_id
    group by before.profile_id, after.profile_id, before.valid_to_at, after.minted_at

),

alive as (

    select
        profile_id,
        max(coalesce(valid_to_at, timestamp '9999-12-31 00:00:00')) as alive_until_at
    from history
    group by profile_id

),

final as (

    select
        moved.from_profile_id,
        moved.to_profile_id,
        moved.moved_at,
        moved.to_minted_at,
        moved.identifier_count,
        alive.alive_until_at > moved.moved_at as is_from_alive
    from moved
    inner join alive on moved.from_profile_id = alive.profile_id

)

select * from final
