-- Identifiers that changed their profile, counted by from, to and moment. Who was gone in between
-- and comes back in another profile, an erased person say, did not move.
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

-- At that moment: an id may be gone for a while and come back.
alive as (

    select
        moved.from_profile_id,
        moved.moved_at
    from moved
    inner join history
        on
            moved.from_profile_id = history.profile_id
            and moved.moved_at >= history.valid_from_at
            and (moved.moved_at < history.valid_to_at or history.valid_to_at is null)
    group by moved.from_profile_id, moved.moved_at

),

final as (

    select
        moved.from_profile_id,
        moved.to_profile_id,
        moved.moved_at,
        moved.to_minted_at,
        moved.identifier_count,
        alive.from_profile_id is not null as is_from_alive
    from moved
    left join alive
        on
            moved.from_profile_id = alive.from_profile_id
            and moved.moved_at = alive.moved_at

)

select * from final
