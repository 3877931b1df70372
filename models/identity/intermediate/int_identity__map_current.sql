{{ config(
    pre_hook="{{ cdp.join_sides_as_written(true) }}",
    post_hook="{{ cdp.join_sides_as_written(false) }}",
) }}
-- The rows of identity_map, written where an identifier was judged or counted again, changed its
-- profile, or is among those whom likeness made one.
with

all_history as not materialized (

    select * from {{ ref('identity_map_history') }}

),

all_identifiers as not materialized (

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

{% if is_incremental() %}
known as not materialized (

    select * from {{ this }}

),

last_run as (

    select coalesce(max(changed_in_run), 0) as changed_in_run
    from known

),

changed as (

    select identifier_key
    from all_history
    where changed_in_run > (select last_run.changed_in_run from last_run)

    union

    select identifier_key
    from all_identifiers
    where changed_in_run > (select last_run.changed_in_run from last_run)

    union

    select identifier_key
    from inferred

    union

    select identifier_key
    from known
    where class_code = 'inferred'

),

history as (

    select * from all_history
    where
        valid_to_at is null
        and identifier_key in (
            select changed.identifier_key
            from changed
        )

),

identifiers as (

    select * from all_identifiers
    where
        identifier_key in (
            select changed.identifier_key
            from changed
        )

),
{% else -%}
history as (

    select * from all_history
    where valid_to_at is null

),

identifiers as (

    select * from all_identifiers

),
{% endif %}

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
        identifiers.last_observed_at,
        {{ cdp.run_number() }} as changed_in_run,
        1 = 0 as is_gone
    from history
    inner join identifiers on history.identifier_key = identifiers.identifier_key
    inner join rules on identifiers.identifier_type = rules.identifier_type
    left join inferred on history.identifier_key = inferred.identifier_key

)

select * from final
{% if is_incremental() %}
union all

select
    known.identifier_key,
    known.identifier_type,
    known.identifier_namespace,
    known.identifier_normalised,
    known.class_code,
    known.profile_id,
    known.priority,
    known.is_admitted,
    known.first_observed_at,
    known.last_observed_at,
    known.changed_in_run,
    1 = 1 as is_gone
from known
left join final on known.identifier_key = final.identifier_key
where
    known.identifier_key in (
        select changed.identifier_key
        from changed
    )
    and final.identifier_key is null
{% endif %}
