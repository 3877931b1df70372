-- A component that breaks a limit is solved again with its strong links only: those between ids
-- that systems gave to one person, and those that touch the limited identifier itself
-- (identifier_limits lets a value touch one of them at most). The others are logged in
-- identity_conflicts.
with

edges as (

    select * from {{ ref('identity_edges') }}

),

components as (

    select * from {{ ref('int_identity__components') }}

),

violations as (

    select
        component_id,
        min(identifier_type) as identifier_type
    from {{ ref('int_identity__violations') }}
    group by component_id

),

final as (

    select
        edges.identifier_id as node_a,
        edges.linked_identifier_id as node_b
    from edges
    inner join components on edges.identifier_id = components.node_id
    inner join violations on components.component_id = violations.component_id
    where
        edges.class_code in ('login', 'verified')
        or edges.identifier_type = violations.identifier_type
        or edges.linked_identifier_type = violations.identifier_type

)

select * from final
