{#-
    Members of whom the destination holds an identifier that has passed to another profile since, whose
    owner of today refused contact. The ledger names the profile that was sent, and of a person taken
    apart, the part that kept the id may have consented.
-#}
with

keys_moved as (

    select * from {{ ref('int_activation__keys_moved') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

contacts_refused as (

    select * from {{ ref('int_activation__contacts_refused') }}

),

final as (

    select
        keys_moved.sync_name,
        keys_moved.member_key,
        min(contacts_refused.reason_code) as reason_code
    from keys_moved
    inner join sync_catalog
        on keys_moved.sync_name = sync_catalog.sync_name
    inner join contacts_refused
        on
            keys_moved.profile_id = contacts_refused.profile_id
            and sync_catalog.purpose_code = contacts_refused.purpose_code
            and sync_catalog.channel_code = contacts_refused.channel_code
    group by keys_moved.sync_name, keys_moved.member_key

)

select * from final
