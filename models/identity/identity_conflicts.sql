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
        identifier_type,
        identifier_count,
        max_per_profile
    from {{ ref('int_identity__violations') }}

),

clusters as (

    select * from {{ ref('int_identity__clusters') }}

),

final as (

    select
        {{ cdp.surrogate_key(['edges.edge_key', 'violations.identifier_type']) }} as conflict_key,
        edges.edge_key,
        edges.identifier_key,
        edges.linked_identifier_key,
        edges.class_code,
        violations.identifier_type as limited_type,
        edges.source_name,
        edges.record_key,
        violations.identifier_count,
        violations.max_per_profile,
        low_end.cluster_id <> high_end.cluster_id as is_dropped
    from violations
    inner join components on violations.component_id = components.component_id
    inner join edges on components.node_id = edges.identifier_id
    inner join clusters as low_end on edges.identifier_key = low_end.identifier_key
    inner join clusters as high_end on edges.linked_identifier_key = high_end.identifier_key

)

select * from final
