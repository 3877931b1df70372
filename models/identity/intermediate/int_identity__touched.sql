{{ config(
    pre_hook="{{ cdp.join_sides_as_written(true) }}",
    post_hook="{{ cdp.join_sides_as_written(false) }}",
) }}
-- Whose judgement may have changed, and in which run: an identifier is judged by who stands beside
-- it in records, who stands beside these, and their names, however often that is told. When the
-- rules change it is everybody's.
with

-- Read a dozen times: DuckDB would copy the whole of it into memory first.
sightings as not materialized (

    select
        identifier_key,
        record_id,
        kind_code,
        identifier_type,
        identifier_normalised,
        trait_name,
        trait_value,
        changed_in_run,
        is_gone
    from {{ ref('int_identity__sightings') }}

),

rules as (

    {{ cdp.identity_rules_hash() }}

),

{% if is_incremental() %}
seen as (

    select
        coalesce(max(changed_in_run), 0) as changed_in_run,
        coalesce(max(ruled_in_run), 0) as ruled_in_run,
        coalesce(max(rules_hash), '') as rules_hash
    from {{ this }}

),
{% else %}
seen as (

    select
        0 as changed_in_run,
        0 as ruled_in_run,
        '' as rules_hash

),
{% endif %}

state as (

    select
        seen.changed_in_run,
        rules.rules_hash,
        seen.rules_hash <> rules.rules_hash as is_ruled,
        case
            when seen.rules_hash = rules.rules_hash then seen.ruled_in_run
            else {{ cdp.run_number() }}
        end as ruled_in_run
    from seen
    -- One row each.
    cross join rules

),

{% if is_incremental() %}
changed as (

    select
        sightings.identifier_key,
        sightings.record_id,
        sightings.kind_code,
        sightings.is_gone
    from sightings
    -- One row.
    cross join state
    where
        sightings.changed_in_run > state.changed_in_run
        and not state.is_ruled

),

-- Another day of a browser and its login tells nothing of either: what counts is who stands beside
-- whom now and did not before, or the other way round.
told_pairs as (

    select
        changed.identifier_key as near_key,
        sightings.identifier_key as far_key
    from changed
    inner join sightings on changed.record_id = sightings.record_id
    where
        changed.kind_code = 'identifier'
        and sightings.kind_code = 'identifier'
        and changed.identifier_key <> sightings.identifier_key
    group by changed.identifier_key, sightings.identifier_key

),

paired as (

    select near_key as identifier_key
    from told_pairs

    union

    select far_key as identifier_key
    from told_pairs

),

-- What was said before of those who changed or stand beside one who did.
unchanged as (

    select
        sightings.identifier_key,
        sightings.record_id
    from sightings
    -- One row.
    cross join state
    where
        sightings.changed_in_run <= state.changed_in_run
        and sightings.kind_code = 'identifier'
        and not sightings.is_gone
        and sightings.identifier_key in (
            select paired.identifier_key
            from paired
            union all
            select changed.identifier_key
            from changed
        )

),

blocked_paired as (

    {{ cdp.blocked_among('paired', 'sightings') }}

),

pairs as (

    select
        told_pairs.near_key,
        told_pairs.far_key
    from told_pairs
    left join blocked_paired as near_blocked
        on told_pairs.near_key = near_blocked.identifier_key
    left join blocked_paired as far_blocked
        on told_pairs.far_key = far_blocked.identifier_key
    where
        near_blocked.identifier_key is null
        and far_blocked.identifier_key is null

),

kept_pairs as (

    select
        pairs.near_key,
        pairs.far_key
    from pairs
    inner join unchanged as near_end on pairs.near_key = near_end.identifier_key
    inner join unchanged as far_end
        on
            pairs.far_key = far_end.identifier_key
            and near_end.record_id = far_end.record_id
    group by pairs.near_key, pairs.far_key

),

other_pairs as (

    select
        pairs.near_key,
        pairs.far_key
    from pairs
    left join kept_pairs
        on
            pairs.near_key = kept_pairs.near_key
            and pairs.far_key = kept_pairs.far_key
    where kept_pairs.near_key is null

),

-- A name is a record's first and last name together.
names as (

    select
        sightings.identifier_key,
        sightings.record_id,
        max(case when sightings.trait_name = 'first_name' then sightings.trait_value end)
            as first_name,
        max(case when sightings.trait_name = 'last_name' then sightings.trait_value end)
            as last_name,
        max(case when sightings.changed_in_run > state.changed_in_run then 1 else 0 end)
            as is_changed
    from sightings
    -- One row.
    cross join state
    where
        sightings.kind_code = 'name'
        and not sightings.is_gone
        and sightings.identifier_key in (
            select changed.identifier_key
            from changed
            where changed.kind_code = 'name'
        )
    group by sightings.identifier_key, sightings.record_id

),

heard_of as (

    select near_key as identifier_key
    from other_pairs

    union

    select far_key as identifier_key
    from other_pairs

    -- Names that no other record states as well, and those that are gone.
    union

    select identifier_key
    from names
    group by identifier_key, first_name, last_name
    having min(is_changed) = 1

    union

    select identifier_key
    from changed
    where
        kind_code = 'name'
        and is_gone

    -- Who is new, or gone.
    union

    select changed.identifier_key
    from changed
    left join unchanged on changed.identifier_key = unchanged.identifier_key
    where unchanged.identifier_key is null

),

blocked_heard_of as (

    {{ cdp.blocked_among('heard_of', 'sightings') }}

),

beside as (

    {{ cdp.record_neighbours('heard_of', 'sightings', 'blocked_heard_of') }}

),

blocked_beside as (

    {{ cdp.blocked_among('beside', 'sightings') }}

),

around as (

    {{ cdp.record_neighbours('beside', 'sightings', 'blocked_beside') }}

),
{% endif %}

touched as (

    {% if is_incremental() -%}
    select identifier_key
    from around

    union all

    {% endif -%}
    select sightings.identifier_key
    from sightings
    -- One row.
    cross join state
    where state.is_ruled
    group by sightings.identifier_key

),

final as (

    select
        touched.identifier_key,
        {{ cdp.run_number() }} as changed_in_run,
        state.ruled_in_run,
        state.rules_hash
    from touched
    -- One row.
    cross join state

)

select * from final
