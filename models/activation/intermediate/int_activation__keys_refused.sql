{#-
    Members of whom the destination holds an identifier that has passed to another profile since, whose
    owner of today refused contact. The ledger names the profile that was sent, and of a person taken
    apart, the part that kept the id may have consented.
-#}
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

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

contacts_refused as (

    select * from {{ ref('int_activation__contacts_refused') }}

),

final as (

    select
        keys.sync_name,
        keys.member_key,
        min(contacts_refused.reason_code) as reason_code
    from keys
    inner join sync_catalog
        on keys.sync_name = sync_catalog.sync_name
    inner join contacts_refused
        on
            keys.profile_id = contacts_refused.profile_id
            and sync_catalog.purpose_code = contacts_refused.purpose_code
            and sync_catalog.channel_code = contacts_refused.channel_code
    group by keys.sync_name, keys.member_key

)

select * from final
