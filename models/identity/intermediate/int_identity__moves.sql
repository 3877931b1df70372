-- Identifiers that changed their profile, counted by from, to and moment. Who was gone in between,
-- an erased person say, comes back as somebody new and did not move.
with

history as not materialized (

    select * from {{ ref('identity_map_history') }}

),

moved as (

    select
        earlier.profile_id as from_profile_id,
        later.profile_id as to_profile_id,
        earlier.valid_to_at as moved_at,
        later.minted_at as to_minted_at,
        count(*) as identifier_count
    from history as earlier
    inner join history as later
        on
            earlier.identifier_key = later.identifier_key
            and earlier.version_number + 1 = later.version_number
            and earlier.valid_to_at = later.valid_from_at
    where
        earlier.profile_id <> later.profile_id
        -- Most identifiers never move: these few are found before they meet the others.
        and later.version_number > 1
        and earlier.valid_to_at is not null
    group by earlier.profile_id, later.profile_id, earlier.valid_to_at, later.minted_at

),

alive as (

    select
        profile_id,
        max(coalesce(valid_to_at, timestamp '9999-12-31 00:00:00')) as alive_until_at
    from history
    where profile_id in (select moved.from_profile_id from moved)
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
