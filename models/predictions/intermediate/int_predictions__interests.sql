-- What people care for, of those with enough evidence. Square roots of shares: straight distances
-- are then those between compositions (Hellinger), and small shares count.
with

affinities as (

    select
        *,
        sum(evidence_count) over (partition by profile_id, dimension_code) as profile_evidence_count
    from {{ ref('profile_affinities') }}
    -- a product has several attributes, so their shares are no composition
    where dimension_code <> 'attribute'

),

final as (

    select
        profile_id,
        dimension_code || ':' || affinity_value as attribute_name,
        sqrt(cast(affinity_score as double precision)) as attribute_value
    from affinities
    where profile_evidence_count >= {{ var('interest_evidence_min') }}

)

select * from final
