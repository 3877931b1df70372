with

edges as (

    select * from {{ ref('identity_edges') }}

),

components as (

    select * from {{ ref('int_identity__components') }}

),

violations as (

    select * from {{ ref('int_identity__violations') }}

),

clusters as (

    select * from {{ ref('int_identity__clusters_limited') }}

),

limited_nodes as (

    select * from {{ ref('int_identity__limited_nodes') }}

),

counts as (

    select
        clusters.cluster_id,
        limited_nodes.limit_code,
        count(*) as identifier_count
    from clusters
    inner join limited_nodes on clusters.node_id = limited_nodes.node_id
    group by clusters.cluster_id, limited_nodes.limit_code

    union all

    select
        cluster_id,
        cast('any' as varchar) as limit_code,
        count(*) as identifier_count
    from clusters
    group by cluster_id

),

-- Clusters only grow while links are replayed: the limit that dropped a link is one that the two
-- final clusters still break together.
judged as (

    select
        edges.*,
        violations.limit_code,
        violations.identifier_count,
        violations.max_count,
        coalesce(low_count.identifier_count, 0) as low_count,
        coalesce(high_count.identifier_count, 0) as high_count,
        low_end.cluster_id <> high_end.cluster_id
        and coalesce(low_count.identifier_count, 0) > 0
        and coalesce(high_count.identifier_count, 0) > 0
        and coalesce(low_count.identifier_count, 0) + coalesce(high_count.identifier_count, 0)
        > violations.max_count as is_dropped
    from violations
    inner join components on violations.component_id = components.component_id
    inner join edges on components.node_id = edges.identifier_id
    inner join clusters as low_end on edges.identifier_id = low_end.node_id
    inner join clusters as high_end on edges.linked_identifier_id = high_end.node_id
    left join counts as low_count
        on
            low_end.cluster_id = low_count.cluster_id
            and violations.limit_code = low_count.limit_code
    left join counts as high_count
        on
            high_end.cluster_id = high_count.cluster_id
            and violations.limit_code = high_count.limit_code

),

final as (

    select
        {{ cdp.surrogate_key(['edge_key', 'limit_code']) }} as conflict_key,
        edge_key,
        identifier_key,
        linked_identifier_key,
        class_code,
        limit_code as limited_type,
        source_name,
        record_key,
        identifier_count,
        max_count as max_per_profile,
        is_dropped,
        cast(case
            when not is_dropped then 'kept: its ends stay within the limit'
            when limit_code like 'unlink:%'
                then 'override ' || substr(limit_code, 8) || ' keeps them apart'
            else 'would join ' || cast(low_count as varchar) || ' and '
                || cast(high_count as varchar) || ' identifiers of ' || limit_code || ', allowed '
                || cast(max_count as varchar)
        end as varchar) as reason_text
    from judged

)

select * from final
