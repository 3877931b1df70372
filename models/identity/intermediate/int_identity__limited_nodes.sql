-- What counts towards a limit: identifiers of limited types, and the two ends of each unlink, of
-- which a profile may have one. In a limit with a window an identifier counts on the day on which
-- it was first seen or, where no record says when, arrived.
with

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

limits as (

    select * from {{ ref('profile_limits') }}

),

unlinks as (

    select * from {{ ref('int_identity__overrides') }}
    where
        action_code = 'unlink'
        and is_active

),

final as (

    select
        identifiers.identifier_id as node_id,
        cast(case
            when limits.window_days is null then limits.limit_code
            else limits.limit_code || ':' || cast(limits.window_days as varchar) || 'd'
        end as varchar) as limit_code,
        limits.max_count,
        limits.window_days,
        cast(case
            when limits.window_days is not null
                then coalesce(identifiers.first_observed_at, identifiers.first_received_at)
        end as date) as counted_on,
        1 = 0 as is_manual
    from identifiers
    inner join limits on identifiers.identifier_type = limits.limit_code

    union all

    select
        identifiers.identifier_id as node_id,
        cast('unlink:' || unlinks.override_id as varchar) as limit_code,
        1 as max_count,
        cast(null as integer) as window_days,
        cast(null as date) as counted_on,
        1 = 1 as is_manual
    from unlinks
    inner join identifiers
        on identifiers.identifier_key in (unlinks.identifier_key, unlinks.linked_identifier_key)

)

select * from final
