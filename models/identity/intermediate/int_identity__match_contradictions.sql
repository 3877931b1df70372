-- Pairs of one chain that contradict each other in what is a person's own, also those that no block
-- brought together: a chain of likely pairs may lead from one person to another; its ends tell.
-- Long because all pairs of a chain are weighed as those of blocks are.
with

components as (

    select * from {{ ref('int_identity__match_components') }}

),

records as (

    select * from {{ ref('int_identity__match_records') }}

),

nicknames as (

    {{ cdp.nickname_pairs() }}

),

weights as (

    select * from {{ ref('int_identity__match_weights') }}

),

learnt as (

    {{ cdp.match_weight_columns('weights') }}

),

tiers as (

    {{ cdp.match_tier_weights() }}

),

joined_tier as (

    select min(min_weight) as min_weight
    from tiers
    where is_joined

),

members as (

    select
        component_id,
        node_id,
        count(*) over (partition by component_id) as member_count
    from components

),

pairs as (

    select
        near_end.node_id as near_id,
        far_end.node_id as far_id
    from members as near_end
    inner join members as far_end
        on
            near_end.component_id = far_end.component_id
            and near_end.node_id < far_end.node_id
    where near_end.member_count between 3 and {{ var('match_chain_size') }}

),

compared as (

    {{ cdp.match_levels('pairs', 'records', 'nicknames') }}

),

totals as (

    select max(record_count) as record_count
    from records

),

weighed as (

    select
        compared.*,
        {{ cdp.match_score('compared', 'learnt', 'totals.record_count', 'strangers') }}
            as stranger_weight,
        {{ cdp.match_score('compared', 'learnt', 'totals.record_count', 'household') }}
            as household_weight,
        joined_tier.min_weight
    from compared
    -- One row each: what was learnt, how many records, from which weight on pairs are joined.
    cross join learnt
    cross join totals
    cross join joined_tier

),

judged as (

    select
        *,
        least(stranger_weight, household_weight) as match_weight
    from weighed

),

likely as (

    select * from judged
    where match_weight >= min_weight

),

-- Whose first name, say, is unlike that of a record it is joined to all the same: the rest
-- outweighed it. Being unlike a third record's says no more.
outweighed as (

    select
        components.node_id,
        {{ cdp.match_outweighed('likely') }}
    from likely
    inner join components on components.node_id in (likely.near_id, likely.far_id)
    group by components.node_id

),

final as (

    select
        judged.near_id,
        judged.far_id,
        judged.match_weight
    from judged
    inner join records as near_record on judged.near_id = near_record.cluster_id
    inner join records as far_record on judged.far_id = far_record.cluster_id
    left join outweighed as near_end on judged.near_id = near_end.node_id
    left join outweighed as far_end on judged.far_id = far_end.node_id
    where
        judged.match_weight < judged.min_weight
        and (
            {{ cdp.match_contradicted(
                'judged', 'near_end', 'far_end', 'near_record', 'far_record'
            ) }}
        )

)

select * from final
