-- Whose judgement may have changed, and in which run: an identifier is judged by its records, those
-- of the identifiers in them, and those of the identifiers in these. When the rules change it is
-- everybody's.
with

sightings as (

    select * from {{ ref('int_identity__sightings') }}

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
blocklist as (

    select * from {{ ref('identifier_blocklist') }}

),

changed as (

    select sightings.identifier_key
    from sightings
    -- One row.
    cross join state
    where
        sightings.changed_in_run > state.changed_in_run
        and not state.is_ruled
    group by sightings.identifier_key

),

blocked_changed as (

    {{ cdp.blocked_among('changed', 'sightings', 'blocklist') }}

),

beside as (

    {{ cdp.record_neighbours('changed', 'sightings', 'blocked_changed') }}

),

blocked_beside as (

    {{ cdp.blocked_among('beside', 'sightings', 'blocklist') }}

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
