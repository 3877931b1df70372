with

moves as (

    select * from {{ ref('int_identity__moves') }}
    where
        is_from_alive
        or to_minted_at = moved_at

),

final as (

    select
        {{ cdp.surrogate_key(['from_profile_id', 'to_profile_id', 'moved_at']) }} as split_key,
        from_profile_id,
        to_profile_id as profile_id,
        cast(identifier_count as integer) as identifier_count,
        moved_at as split_at
    from moves

)

select * from final
