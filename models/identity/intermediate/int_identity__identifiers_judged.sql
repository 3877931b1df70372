-- Every identifier that was observed, with the first reason against it. A refused identifier links
-- nobody; the order of the filters is fixed: shape, static block, frequency by proxy.
with

observations as (

    select * from {{ ref('identifier_observations') }}

),

blocklist as (

    select * from {{ ref('identifier_blocklist') }}

),

limits as (

    select * from {{ ref('identifier_limits') }}

),

identifiers as (

    select
        identifier_key,
        identifier_type,
        identifier_namespace,
        identifier_normalised,
        min(observed_at) as first_observed_at,
        max(observed_at) as last_observed_at,
        min(received_at) as first_received_at,
        count(*) as observation_count
    from observations
    where identifier_key is not null
    group by identifier_key, identifier_type, identifier_namespace, identifier_normalised

),

blocked as (

    select
        identifiers.identifier_key,
        min(blocklist.reason) as reason_text
    from identifiers
    inner join blocklist
        on
            identifiers.identifier_type = blocklist.identifier_type
            and {{ cdp.regexp_like_column(
                'identifiers.identifier_normalised', 'blocklist.value_pattern'
            ) }}
    group by identifiers.identifier_key

),

-- Which other identifiers does a value share records with? Only the types that a limit counts, and
-- only values that are not blocked themselves.
counted_pairs as (

    select
        limited.identifier_key,
        limits.counted_type,
        limits.max_count,
        counted.identifier_key as counted_key
    from observations as limited
    inner join limits on limited.identifier_type = limits.identifier_type
    inner join observations as counted
        on
            limited.source_name = counted.source_name
            and limited.record_key = counted.record_key
            and limits.counted_type = counted.identifier_type
    left join blocked on counted.identifier_key = blocked.identifier_key
    where
        limited.identifier_key is not null
        and counted.identifier_key is not null
        and blocked.identifier_key is null
    group by
        limited.identifier_key, limits.counted_type, limits.max_count, counted.identifier_key

),

over_limits as (

    select
        identifier_key,
        counted_type,
        max_count,
        count(*) as counted
    from counted_pairs
    group by identifier_key, counted_type, max_count
    having count(*) > max_count

),

shared as (

    select
        identifier_key,
        max(
            'seen with ' || cast(counted as varchar) || ' different values of ' || counted_type
            || ', allowed ' || cast(max_count as varchar)
        ) as reason_text
    from over_limits
    group by identifier_key

),

final as (

    select
        identifiers.identifier_key,
        identifiers.identifier_type,
        identifiers.identifier_namespace,
        identifiers.identifier_normalised,
        case
            when blocked.identifier_key is not null then 'blocked_value'
            when shared.identifier_key is not null then 'shared_value'
        end as reason_code,
        coalesce(blocked.reason_text, shared.reason_text) as reason_text,
        identifiers.observation_count,
        identifiers.first_observed_at,
        identifiers.last_observed_at,
        identifiers.first_received_at
    from identifiers
    left join blocked on identifiers.identifier_key = blocked.identifier_key
    left join shared on identifiers.identifier_key = shared.identifier_key

)

select * from final
