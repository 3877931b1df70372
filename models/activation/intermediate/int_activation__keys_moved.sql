{#- Under which keys destinations may hold an identifier that has passed to another profile. -#}
with

moved as (

    select * from {{ ref('int_activation__identifiers_moved') }}

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
