-- The cluster of every identifier after the scored layer: that before it where nobody was joined.
-- Rows are written where they differ from those of the last run, which is found on integers.
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

found as (

    select
        clusters.identifier_key,
        clusters.identifier_id,
        clusters.first_observed_at,
        clusters.priority,
        clusters.cluster_id as exact_cluster_id,
        coalesce(joined.cluster_id, clusters.cluster_id) as cluster_id
    from clusters
    left join joined on clusters.cluster_id = joined.node_id

),

final as (

    select
        found.*,
        {{ cdp.run_number() }} as changed_in_run,
        1 = 0 as is_gone
    from found
    {% if is_incremental() %}
    left join {{ this }} as known on found.identifier_id = known.identifier_id
    where
        known.identifier_id is null
        or found.cluster_id <> known.cluster_id
        or found.exact_cluster_id <> known.exact_cluster_id
        or found.priority <> known.priority
        or found.first_observed_at is distinct from known.first_observed_at

    union all

    select
        known.identifier_key,
        known.identifier_id,
        known.first_observed_at,
        known.priority,
        known.exact_cluster_id,
        known.cluster_id,
        known.changed_in_run,
        1 = 1 as is_gone
    from {{ this }} as known
    left join found on known.identifier_id = found.identifier_id
    where found.identifier_id is null
    {% endif %}

)

select * from final
