-- Every statement of a trait with its place under the trait's rule; place 1 wins, the others are
-- kept.
with

observations as (

    select * from {{ ref('trait_observations') }}
    where observed_at <= {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

rules as (

    select * from {{ ref('trait_rules') }}

),

candidates as (

    select
        identity_map.profile_id,
        observations.trait_name,
        observations.trait_value,
        observations.source_name,
        observations.record_key,
        rules.rule_code,
        observations.observed_at,
        count(*) over (
            partition by
                identity_map.profile_id, observations.trait_name, observations.trait_value
        ) as statement_count
    from observations
    inner join identity_map on observations.identifier_key = identity_map.identifier_key
    inner join rules on observations.trait_name = rules.trait_name

),

final as (

    select
        profile_id,
        trait_name,
        trait_value,
        source_name,
        record_key,
        rule_code,
        observed_at,
        cast(statement_count as integer) as statement_count,
        cast(row_number() over (
            partition by profile_id, trait_name
            order by
                case when rule_code = 'most_frequent' then statement_count else 0 end desc,
                case when rule_code = 'longest' then length(trait_value) else 0 end desc,
                observed_at desc,
                source_name asc,
                {{ cdp.binary_order('record_key') }} asc
        ) as integer) as place
    from candidates

)

select * from final
