with

history as (

    select * from {{ ref('identity_map_history') }}
    where valid_to_at is null

),

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

rules as (

    select * from {{ ref('identifier_rules') }}

),

chains as (

    select * from {{ ref('int_identity__match_components') }}

),

matched as (

    select clusters.*
    from {{ ref('int_identity__clusters_matched') }} as clusters
    inner join chains on clusters.exact_cluster_id = chains.node_id

),

-- Of several people whom likeness alone made one, the strongest keeps its evidence; what the others
-- bring is inferred.
strengths as (

    select
        exact_cluster_id,
        row_number() over (
            partition by cluster_id
            order by min(priority) asc, min(identifier_key) asc
        ) as strength_number
    from matched
    group by cluster_id, exact_cluster_id

),

inferred as (

    select matched.identifier_key
    from matched
    inner join strengths on matched.exact_cluster_id = strengths.exact_cluster_id
    where strengths.strength_number > 1

),

final as (

    select
        history.identifier_key,
        identifiers.identifier_type,
        identifiers.identifier_namespace,
        identifiers.identifier_normalised,
        cast(
            case when inferred.identifier_key is null then rules.class_code else 'inferred' end
            as varchar
        ) as class_code,
        history.profile_id,
        rules.priority,
        identifiers.reason_code is null as is_admitted,
        identifiers.first_observed_at,
        identifiers.last_observed_at
    from history
    inner join identifiers on history.identifier_key = identifiers.identifier_key
    inner join rules on identifiers.identifier_type = rules.identifier_type
    left join inferred on history.identifier_key = inferred.identifier_key

)

select * from final
