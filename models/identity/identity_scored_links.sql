-- Who may be one person though no record says so, with what became of it.
with

pairs as (

    select * from {{ ref('int_identity__match_pairs') }}

),

records as (

    select * from {{ ref('int_identity__match_records') }}

),

contradictions as (

    select * from {{ ref('int_identity__match_contradictions') }}

),

clusters as (

    select
        exact_cluster_id,
        cluster_id
    from {{ ref('int_identity__clusters_matched') }}
    group by exact_cluster_id, cluster_id

),

tiers as (

    {{ cdp.match_tier_weights() }}

),

judged as (

    select
        near_end.record_key as identifier_key,
        far_end.record_key as linked_identifier_key,
        pairs.*,
        tiers.tier_code,
        tiers.is_joined,
        near_cluster.cluster_id = far_cluster.cluster_id as is_one_profile,
        contradictions.near_id is not null as is_contradicted
    from pairs
    inner join tiers
        on
            pairs.match_weight >= tiers.min_weight
            and (pairs.match_weight < tiers.below_weight or tiers.below_weight is null)
    inner join records as near_end on pairs.near_id = near_end.cluster_id
    inner join records as far_end on pairs.far_id = far_end.cluster_id
    inner join clusters as near_cluster on pairs.near_id = near_cluster.exact_cluster_id
    inner join clusters as far_cluster on pairs.far_id = far_cluster.exact_cluster_id
    left join contradictions
        on
            least(pairs.near_id, pairs.far_id) = contradictions.near_id
            and greatest(pairs.near_id, pairs.far_id) = contradictions.far_id

),

final as (

    select
        {{ cdp.surrogate_key(['identifier_key', 'linked_identifier_key']) }} as scored_link_key,
        identifier_key,
        linked_identifier_key,
        cast('inferred' as varchar) as class_code,
        cast(tier_code as varchar) as tier_code,
        cast(case
            when is_joined and is_one_profile then 'joined'
            when is_one_profile then 'joined_by_others'
            when is_joined then 'refused'
            when is_contradicted then 'refused'
            else 'review'
        end as varchar) as decision_code,
        cast(
            'given name ' || cast(given_name_level as varchar)
            || ', family name ' || cast(family_name_level as varchar)
            || ', birth date ' || cast(birth_date_level as varchar)
            || ', person number ' || cast(person_number_level as varchar)
            || ', street ' || cast(street_level as varchar)
            || ', place ' || cast(place_level as varchar)
            || ', email ' || cast(email_level as varchar)
            || ', phone ' || cast(phone_level as varchar) as varchar
        ) as levels_text,
        cast(training_number as integer) as training_number,
        cast(stranger_weight as bigint) as stranger_weight,
        cast(household_weight as bigint) as household_weight,
        cast(match_weight as bigint) as match_weight,
        cast(cast(
            1 / (1 + power(cast(2 as double precision), -match_weight / 1000.0)) as numeric(18, 6)
        ) as double precision) as match_probability
    from judged

)

select * from final
