{#-
    A request that is sent again was planned before its members may have been taken apart or joined:
    the engine asks here whose the keys are now. Who is silent is not contacted either, so this is
    wider than int_activation__keys_refused.
-#}
with

keys_moved as (

    select * from {{ ref('int_activation__keys_moved') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

contact_permissions as (

    select * from {{ ref('contact_permissions') }}

),

final as (

    select
        keys_moved.sync_name,
        keys_moved.member_key,
        keys_moved.profile_id,
        keys_moved.is_identifier
    from keys_moved
    inner join sync_catalog
        on keys_moved.sync_name = sync_catalog.sync_name
    left join contact_permissions
        on
            keys_moved.profile_id = contact_permissions.profile_id
            and sync_catalog.purpose_code = contact_permissions.purpose_code
            and sync_catalog.channel_code = contact_permissions.channel_code
    where contact_permissions.profile_id is null

)

select * from final
