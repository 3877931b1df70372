-- The cluster of every identifier after the scored layer: that before it where nobody was joined.
with

clusters as (

    select * from {{ ref('int_identity__clusters') }}

),

components as (

    select * from {{ ref('int_identity__match_components') }}

),

limited as (

    select * from {{ ref('int_identity__match_clusters') }}

),

chains as (

    select
        component_id,
        count(*) as member_count
    from components
    group by component_id

),

joined as (

    select
        components.node_id,
        coalesce(limited.cluster_id, components.component_id) as cluster_id
    from components
    inner join chains on components.component_id = chains.component_id
    left join limited on components.node_id = limited.node_id
    where chains.member_count <= {{ var('match_chain_size') }}

),

final as (

    select
        clusters.identifier_key,
        clusters.first_observed_at,
        clusters.priority,
        clusters.cluster_id as exact_cluster_id,
        coalesce(joined.cluster_id, clusters.cluster_id) as cluster_id
    from clusters
    left join joined on clusters.cluster_id = joined.node_id

)

select * from final
