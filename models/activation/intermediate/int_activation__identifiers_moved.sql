with

identity_map as (

    select * from {{ ref('identity_map') }}

),

identity_map_history as (

    select * from {{ ref('identity_map_history') }}
    where valid_to_at is not null

),

-- distinct: an identifier may have gone and come back
final as (

    select distinct
        identity_map.profile_id,
        identity_map.identifier_key,
        identity_map.identifier_type,
        identity_map.identifier_normalised,
        identity_map_history.profile_id as former_profile_id
    from identity_map_history
    inner join identity_map
        on identity_map_history.identifier_key = identity_map.identifier_key
    where identity_map_history.profile_id <> identity_map.profile_id

)

select * from final
