with

edges as (

    select * from {{ ref('identity_edges') }}

),

final as (

    select
        identifier_id as node_a,
        linked_identifier_id as node_b
    from edges

)

select * from final
