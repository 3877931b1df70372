-- Chains of pairs likely enough to be one person; all of a chain is judged before it joins.
with

pairs as (

    select * from {{ ref('int_identity__match_pairs') }}

),

tiers as (

    {{ cdp.match_tier_weights() }}

),

final as (

    select
        pairs.near_id as node_a,
        pairs.far_id as node_b
    from pairs
    inner join tiers
        on
            pairs.match_weight >= tiers.min_weight
            and (pairs.match_weight < tiers.below_weight or tiers.below_weight is null)
    where tiers.is_joined

)

select * from final
