{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='map_history_key',
    on_schema_change='fail',
    full_refresh=false,
    pre_hook={
        'sql': 'alter table if exists {{ this }} add column if not exists changed_in_run bigint',
        'transaction': false,
    },
) }}
-- The mint ledger: which profile an identifier belonged to, from when to when. It survives
-- --full-refresh, since a profile_id is minted once and never derived again.
--   new cluster                    a new profile_id
--   overlaps one known profile     keeps its id
--   overlaps several               most members, then oldest, survives
--   a profile falls apart          its largest part keeps the id, of equal ones that with the
--                                  strongest identifier; where others survive in that, the next
--   comes back                     gets back the id it had (a source was empty for a run, say),
--                                  unless that lives on, ended in a merge, or was to be erased
-- Since it is never built anew, the hook gives one of an earlier release its newest column. Long
-- because every one of these rules decides among the same few clusters.
with

all_clusters as not materialized (

    select * from {{ ref('int_identity__clusters_matched') }}

),

{% if is_incremental() %}
ledger as not materialized (

    select * from {{ this }}

),

last_run as (

    select coalesce(max(changed_in_run), 0) as changed_in_run
    from ledger

),

-- After a run clusters and profiles are the same groups. So those that are not any more are found
-- from the identifiers that came, went, or changed their cluster since: their clusters and former
-- profiles. Who stayed in a cluster while others left it is in the profile of those who left.
changed as (

    select identifier_key
    from all_clusters
    where changed_in_run > (select last_run.changed_in_run from last_run)

    union

    select ledger.identifier_key
    from ledger
    left join all_clusters on ledger.identifier_key = all_clusters.identifier_key
    where
        ledger.valid_to_at is null
        and all_clusters.identifier_key is null

),

regrouped as (

    select identifier_key
    from all_clusters
    where cluster_id in (
        select all_clusters.cluster_id
        from all_clusters
        where all_clusters.identifier_key in (
            select changed.identifier_key
            from changed
        )
    )

    union

    select identifier_key
    from ledger
    where
        valid_to_at is null
        and profile_id in (
            select ledger.profile_id
            from ledger
            where
                ledger.valid_to_at is null
                and ledger.identifier_key in (
                    select changed.identifier_key
                    from changed
                )
        )

),

clusters as (

    select * from all_clusters
    where identifier_key in (
        select regrouped.identifier_key
        from regrouped
    )

),

current_map as (

    select * from ledger
    where
        valid_to_at is null
        and identifier_key in (
            select regrouped.identifier_key
            from regrouped
        )

),
{% else %}
clusters as (

    select * from all_clusters

),

ledger as (

    select
        cast(null as varchar) as map_history_key,
        cast(null as varchar) as identifier_key,
        cast(0 as integer) as version_number,
        cast(null as varchar) as profile_id,
        cast(null as varchar) as minted_from_key,
        cast(null as timestamp) as minted_at,
        cast(null as timestamp) as valid_from_at,
        cast(null as timestamp) as valid_to_at
    where 1 = 0

),

current_map as (

    select * from ledger

),
{% endif %}

last_versions as (

    select *
    from (
        select
            *,
            row_number() over (
                partition by identifier_key
                order by version_number desc
            ) as version_age
        from ledger
        where
            identifier_key in (
                select clusters.identifier_key
                from clusters
            )
    ) as versions
    where version_age = 1

),

former_profiles as (

    select profile_id
    from last_versions
    where valid_to_at is not null
    group by profile_id

),

-- Whenever they asked: an id may have been minted between the request and the erasure.
erased as (

    select identifier_key
    from {{ ref('erasure_requests') }}
    where request_type = 'erasure'
    group by identifier_key

),

former_versions as (

    select * from ledger
    where
        profile_id in (
            select former_profiles.profile_id
            from former_profiles
        )

),

next_versions as (

    select * from ledger
    where
        version_number > 1
        and identifier_key in (
            select former_versions.identifier_key
            from former_versions
        )

),

still_named as (

    select identifier_key
    from all_clusters
    where
        identifier_key in (
            select former_versions.identifier_key
            from former_versions
        )

),

-- What became of each identifier that a former profile ever had.
fates as (

    select
        former.profile_id,
        coalesce(former.valid_to_at, {{ cdp.as_of() }}) as ended_at,
        former.valid_to_at is null and still_named.identifier_key is not null as is_alive,
        next_versions.identifier_key is not null as is_moved,
        erased.identifier_key is not null as is_erased
    from former_versions as former
    left join still_named on former.identifier_key = still_named.identifier_key
    left join next_versions
        on
            former.identifier_key = next_versions.identifier_key
            and former.version_number + 1 = next_versions.version_number
            and former.valid_to_at = next_versions.valid_from_at
            and former.profile_id <> next_versions.profile_id
    left join erased on former.identifier_key = erased.identifier_key

),

-- A profile whose last identifiers moved ended in a merge, and stays merged.
returnable as (

    select profile_id
    from fates
    group by profile_id
    having
        max(case when is_alive or is_erased then 1 else 0 end) = 0
        and max(ended_at)
        > coalesce(max(case when is_moved then ended_at end), timestamp '1900-01-01 00:00:00')

),

claims as (

    select last_versions.*
    from last_versions
    left join returnable on last_versions.profile_id = returnable.profile_id
    where
        last_versions.valid_to_at is null
        or returnable.profile_id is not null

),

members as (

    select
        clusters.identifier_key,
        clusters.first_observed_at,
        clusters.priority,
        min(clusters.identifier_key) over (partition by clusters.cluster_id) as cluster_key,
        claims.profile_id as known_profile_id,
        claims.minted_from_key,
        claims.minted_at
    from clusters
    left join claims on clusters.identifier_key = claims.identifier_key

),

overlapping as (

    select
        cluster_key,
        known_profile_id,
        minted_from_key,
        minted_at,
        count(*) as member_count,
        min(priority) as best_priority
    from members
    where known_profile_id is not null
    group by cluster_key, known_profile_id, minted_from_key, minted_at

),

{{ cdp.surviving_profiles('overlapping') }},

-- A cluster without a survivor takes its id from its earliest evidence; the number of ids that were
-- minted from the same evidence before keeps them apart.
earliest as (

    select
        members.cluster_key,
        members.identifier_key as minted_from_key,
        row_number() over (
            partition by members.cluster_key
            order by members.first_observed_at, members.identifier_key
        ) as evidence_number
    from members
    left join survivors on members.cluster_key = survivors.cluster_key
    where survivors.cluster_key is null

),

earlier_mints as (

    select
        minted_from_key,
        count(distinct profile_id) as mint_count
    from ledger
    where
        minted_from_key in (
            select earliest.minted_from_key
            from earliest
        )
    group by minted_from_key

),

profiles as (

    select
        cluster_key,
        known_profile_id as profile_id,
        minted_from_key,
        minted_at
    from survivors

    union all

    select
        earliest.cluster_key,
        {{ cdp.surrogate_key([
            "'profile'", 'earliest.minted_from_key', 'coalesce(earlier_mints.mint_count, 0)',
        ]) }} as profile_id,
        earliest.minted_from_key,
        {{ cdp.as_of() }} as minted_at
    from earliest
    left join earlier_mints on earliest.minted_from_key = earlier_mints.minted_from_key
    where earliest.evidence_number = 1

),

assigned as (

    select
        members.identifier_key,
        profiles.profile_id,
        profiles.minted_from_key,
        profiles.minted_at
    from members
    inner join profiles on members.cluster_key = profiles.cluster_key

),

closed as (

    select
        current_map.map_history_key,
        current_map.identifier_key,
        current_map.version_number,
        current_map.profile_id,
        current_map.minted_from_key,
        current_map.minted_at,
        current_map.valid_from_at,
        {{ cdp.as_of() }} as valid_to_at
    from current_map
    left join assigned on current_map.identifier_key = assigned.identifier_key
    where
        assigned.profile_id is null
        or current_map.profile_id <> assigned.profile_id

),

opened as (

    select
        {{ cdp.surrogate_key([
            'assigned.identifier_key', 'coalesce(last_versions.version_number, 0) + 1',
        ]) }} as map_history_key,
        assigned.identifier_key,
        coalesce(last_versions.version_number, 0) + 1 as version_number,
        assigned.profile_id,
        assigned.minted_from_key,
        assigned.minted_at,
        {{ cdp.as_of() }} as valid_from_at,
        cast(null as timestamp) as valid_to_at
    from assigned
    left join current_map on assigned.identifier_key = current_map.identifier_key
    left join last_versions on assigned.identifier_key = last_versions.identifier_key
    where
        current_map.profile_id is null
        or current_map.profile_id <> assigned.profile_id

),

final as (

    select * from closed
    union all
    select * from opened

)

select
    map_history_key,
    identifier_key,
    version_number,
    profile_id,
    minted_from_key,
    minted_at,
    valid_from_at,
    valid_to_at,
    {{ cdp.run_number() }} as changed_in_run
from final
