{#- Under which keys destinations may hold an identifier that has passed to another profile. -#}
with

identity_map as (

    select * from {{ ref('identity_map') }}

),

identity_map_history as (

    select * from {{ ref('identity_map_history') }}
    where valid_to_at is not null

),

moved as (

    select
        identity_map.profile_id,
        identity_map.identifier_type,
        identity_map.identifier_normalised,
        identity_map_history.profile_id as former_profile_id
    from identity_map_history
    inner join identity_map
        on identity_map_history.identifier_key = identity_map.identifier_key
    where identity_map_history.profile_id <> identity_map.profile_id

),

keys as (

    {{ cdp.moved_keys('moved') }}

),

final as (

    select distinct
        sync_name,
        member_key,
        profile_id,
        is_identifier
    from keys

)

select * from final
