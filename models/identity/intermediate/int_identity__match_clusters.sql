-- Inside chains in which two records contradict each other, or that break a limit of profiles,
-- likely pairs are joined one by one, the likeliest first, where nothing speaks against it
-- (docs/decisions/0006-limits-by-replay.md). Other chains are one person as they are. Long because
-- the limits of profiles are counted for these chains once more.
with

pairs as (

    select * from {{ ref('int_identity__match_pairs') }}

),

components as (

    select * from {{ ref('int_identity__match_components') }}

),

contradictions as (

    select * from {{ ref('int_identity__match_contradictions') }}

),

records as (

    select * from {{ ref('int_identity__match_records') }}

),

clusters as (

    select * from {{ ref('int_identity__clusters') }}

),

limited_nodes as (

    select * from {{ ref('int_identity__limited_nodes') }}

),

size_limit as (

    select max_count
    from {{ ref('profile_limits') }}
    where limit_code = 'any'

),

tiers as (

    {{ cdp.match_tier_weights() }}

),

joined_tier as (

    select min(min_weight) as min_weight
    from tiers
    where is_joined

),

nodes as (

    select
        component_id,
        node_id,
        count(*) over (partition by component_id) as member_count
    from components

),

members as (

    select
        nodes.component_id,
        nodes.node_id,
        clusters.identifier_key,
        clusters.identifier_id
    from nodes
    inner join clusters on nodes.node_id = clusters.cluster_id
    where nodes.member_count <= {{ var('match_chain_size') }}

),

dated as (

    select
        members.component_id,
        members.node_id,
        limited_nodes.limit_code,
        limited_nodes.max_count,
        limited_nodes.window_days,
        limited_nodes.counted_on
    from members
    inner join limited_nodes on members.identifier_id = limited_nodes.node_id
    where limited_nodes.window_days is not null

),

windows as (

    {{ cdp.broken_windows('dated') }}

),

counted as (

    select
        members.component_id,
        members.node_id,
        limited_nodes.limit_code,
        limited_nodes.max_count,
        limited_nodes.is_manual
    from members
    inner join limited_nodes on members.identifier_id = limited_nodes.node_id
    where limited_nodes.window_days is null

    union all

    select
        dated.component_id,
        dated.node_id,
        windows.limit_code || ':' || cast(windows.starts_on as varchar) as limit_code,
        windows.max_count,
        1 = 0 as is_manual
    from windows
    inner join dated
        on
            windows.component_id = dated.component_id
            and {{ cdp.is_in_window('dated', 'windows') }}

    union all

    select
        members.component_id,
        members.node_id,
        cast('any' as varchar) as limit_code,
        size_limit.max_count,
        1 = 0 as is_manual
    from members
    -- One row: the limit of the size.
    cross join size_limit

),

broken as (

    select component_id
    from counted
    group by component_id, limit_code, max_count
    having count(*) > max_count

    union

    select nodes.component_id
    from contradictions
    inner join nodes on contradictions.near_id = nodes.node_id

),

judged_nodes as (

    select nodes.node_id
    from nodes
    inner join broken on nodes.component_id = broken.component_id

),

likely as (

    select
        pairs.near_id,
        pairs.far_id,
        pairs.match_weight
    from pairs
    inner join judged_nodes on pairs.near_id = judged_nodes.node_id
    inner join joined_tier on pairs.match_weight >= joined_tier.min_weight

),

likely_ends as (

    select
        near_id as one_id,
        far_id as other_id,
        match_weight
    from likely

    union all

    select
        far_id as one_id,
        near_id as other_id,
        match_weight
    from likely

),

contradicted_ends as (

    select
        near_id as one_id,
        far_id as other_id
    from contradictions

    union all

    select
        far_id as one_id,
        near_id as other_id
    from contradictions

),

-- A pair's weight says how much likelier one person is than two, not which of several people. Who
-- is like two that contradict each other, a father and a son of one name say, is one of them at
-- most: without a lead that is worth as much as a joined pair, nobody knows which.
undecided as (

    select
        least(held.one_id, held.other_id) as near_id,
        greatest(held.one_id, held.other_id) as far_id
    from likely_ends as held
    inner join likely_ends as rival on held.one_id = rival.one_id
    inner join contradicted_ends
        on
            held.other_id = contradicted_ends.one_id
            and rival.other_id = contradicted_ends.other_id
    inner join joined_tier on held.match_weight - rival.match_weight < joined_tier.min_weight
    group by least(held.one_id, held.other_id), greatest(held.one_id, held.other_id)

),

final as (

    select
        likely.near_id as node_a,
        likely.far_id as node_b,
        row_number() over (
            order by likely.match_weight desc, near_end.record_key asc, far_end.record_key asc
        ) as link_rank,
        1 = 0 as is_manual,
        cast(null as varchar) as limit_code,
        cast(null as integer) as max_count
    from likely
    inner join records as near_end on likely.near_id = near_end.cluster_id
    inner join records as far_end on likely.far_id = far_end.cluster_id
    left join undecided
        on
            least(likely.near_id, likely.far_id) = undecided.near_id
            and greatest(likely.near_id, likely.far_id) = undecided.far_id
    where undecided.near_id is null

    union all

    -- Also who has no other link: a loop joins nobody.
    select
        node_id as node_a,
        node_id as node_b,
        cast(null as bigint) as link_rank,
        1 = 0 as is_manual,
        cast(null as varchar) as limit_code,
        cast(null as integer) as max_count
    from judged_nodes

    union all

    select
        judged_nodes.node_id as node_a,
        cast(null as bigint) as node_b,
        cast(null as bigint) as link_rank,
        1 = 0 as is_manual,
        cast(
            'pair:' || cast(contradictions.near_id as varchar)
            || ':' || cast(contradictions.far_id as varchar) as varchar
        ) as limit_code,
        1 as max_count
    from contradictions
    inner join judged_nodes
        on judged_nodes.node_id in (contradictions.near_id, contradictions.far_id)

    union all

    select
        counted.node_id as node_a,
        cast(null as bigint) as node_b,
        cast(null as bigint) as link_rank,
        counted.is_manual,
        counted.limit_code,
        counted.max_count
    from counted
    inner join judged_nodes on counted.node_id = judged_nodes.node_id

)

select * from final
