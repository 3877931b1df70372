-- What several people really share says nothing about either of them and is left out.
with

holders as (

    select * from {{ ref('int_evaluation__true_holders') }}
    where holder_count = 1

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

final as (

    select
        identity_map.identifier_key,
        identity_map.profile_id,
        holders.person_id,
        row_number() over (order by identity_map.identifier_key) as node_id
    from identity_map
    inner join holders
        on
            identity_map.identifier_type = holders.identifier_type
            and lower(identity_map.identifier_normalised) = holders.identifier_value

)

select * from final
