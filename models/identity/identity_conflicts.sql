-- Long because limits come in three shapes, which are counted apart and judged together: of a type,
-- of a type within a window, and of all identifiers.
with

edges as (

    select * from {{ ref('identity_edges') }}

),

components as (

    select * from {{ ref('int_identity__components') }}

),

violations as (

    select
        *,
        row_number() over (
            partition by component_id, limit_code
            order by identifier_count desc, window_code asc
        ) as window_number
    from {{ ref('int_identity__violations') }}

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
        cast('' as varchar) as window_code,
        count(*) as identifier_count
    from clusters
    inner join limited_nodes on clusters.node_id = limited_nodes.node_id
    where limited_nodes.window_days is null
    group by clusters.cluster_id, limited_nodes.limit_code

    union all

    select
        clusters.cluster_id,
        violations.limit_code,
        violations.window_code,
        count(*) as identifier_count
    from violations
    inner join components on violations.component_id = components.component_id
    inner join clusters on components.node_id = clusters.node_id
    inner join limited_nodes
        on
            clusters.node_id = limited_nodes.node_id
            and {{ cdp.is_in_window('limited_nodes', 'violations') }}
    group by clusters.cluster_id, violations.limit_code, violations.window_code

    union all

    select
        cluster_id,
        cast('any' as varchar) as limit_code,
        cast('' as varchar) as window_code,
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
        violations.window_code,
        violations.window_days,
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
    inner join clusters as high_end
        on
            edges.linked_identifier_id = high_end.node_id
            and (violations.window_number = 1 or low_end.cluster_id <> high_end.cluster_id)
    left join counts as low_count
        on
            low_end.cluster_id = low_count.cluster_id
            and violations.limit_code = low_count.limit_code
            and violations.window_code = low_count.window_code
    left join counts as high_count
        on
            high_end.cluster_id = high_count.cluster_id
            and violations.limit_code = high_count.limit_code
            and violations.window_code = high_count.window_code

),

-- Of the windows of one limit, one that dropped the link speaks, else the fullest.
decided as (

    select
        *,
        row_number() over (
            partition by edge_key, limit_code
            order by
                case when is_dropped then 0 else 1 end, identifier_count desc, window_code asc
        ) as decision_number
    from judged

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
                || cast(high_count as varchar) || ' identifiers of '
                || split_part(limit_code, ':', 1)
                || coalesce(
                    ' first seen in the ' || cast(window_days as varchar) || ' days from '
                    || window_code, ''
                )
                || ', allowed ' || cast(max_count as varchar)
        end as varchar) as reason_text
    from decided
    where decision_number = 1

)

select * from final
