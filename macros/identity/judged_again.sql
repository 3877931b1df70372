{#-
    Who is judged again in an incremental run of int_identity__identifiers_judged, and what is read for
    it: who was touched since the last run, whom a person blocks or blocked, and all around another form
    of a value (its hash) that was touched. CTEs, of which the model reads:

    blocked_before   identifier_key and reason_text of whom the last run blocked by the static blocklist
    judged_again     identifier_key of those who are judged again
    counted          of whom other records say nothing new: only their count and moments are new
    known_before     the last run's rows of both
    seen             the sightings by which they are judged: of their records, of the identifiers in
                     these, and one step further
    names_told       the names in these

    Reads the model's CTEs sightings, rules and blocked_by_hand.
-#}
{% macro judged_again() -%}
known as not materialized (

    select * from {{ this }}

),

-- The last run's word on who is blocked, unless the rules have changed since;
blocked_before as (

    select
        identifier_key,
        reason_text,
        case
            when reason_code = 'blocked_value'
                then {{ cdp.blocked_reason('identifier_type', 'identifier_normalised') }}
        end as own_reason_text
    from known
    where
        reason_code = 'blocked_value'
        and (select coalesce(max(changed_in_run), 0) from known)
        >= (select coalesce(max(ruled_in_run), 0) from {{ ref('int_identity__touched') }})

),

-- and who is so for what it is itself, whatever becomes of its other form.
known_blocked as (

    select identifier_key
    from blocked_before
    where own_reason_text is not null

),

touched as (

    select identifier_key
    from {{ ref('int_identity__touched') }}
    where changed_in_run > (select coalesce(max(changed_in_run), 0) from known)

),

-- Identifiers of which the hash was seen as well, by what is known and what is new.
told_now as (

    select
        identifier_key,
        min(identifier_type) as identifier_type,
        min(identifier_namespace) as identifier_namespace,
        min(identifier_normalised) as identifier_normalised
    from sightings
    where
        kind_code = 'identifier'
        and identifier_key in (
            select touched.identifier_key
            from touched
        )
    group by identifier_key

),

hashed_now as (

    select
        told_now.identifier_key,
        {{ cdp.hashed_key('rules.identifier_type', 'told_now') }} as hashed_key
    from told_now
    inner join rules on told_now.identifier_type = rules.hashed_type

    union all

    select
        identifier_key,
        hashed_key
    from known
    where hashed_key is not null

),

hashes as (

    select told_now.identifier_key
    from told_now
    inner join rules on told_now.identifier_type = rules.identifier_type
    where rules.hashed_type is not null

    union

    select known.identifier_key
    from known
    inner join rules on known.identifier_type = rules.identifier_type
    where rules.hashed_type is not null

),

known_twins as materialized (

    select
        identifier_key,
        hashed_key
    from hashed_now
    where
        hashed_key in (
            select hashes.identifier_key
            from hashes
        )
    group by identifier_key, hashed_key

),

-- Whose other form was touched: it, and who is around it, are judged by what is said of either.
touched_twins as (

    {{ cdp.twins_of('touched', 'known_twins') }}

),

beside_twins as (

    {{ cdp.record_neighbours('touched_twins', 'sightings', 'known_blocked') }}

),

beside_both as (

    {{ cdp.with_twins('beside_twins', 'known_twins') }}

),

around_twins as (

    {{ cdp.record_neighbours('beside_both', 'sightings', 'known_blocked') }}

),

judged_again as (

    select identifier_key
    from touched

    union

    {{ cdp.with_twins('around_twins', 'known_twins') }}

    union

    select identifier_key
    from blocked_by_hand

    union

    select identifier_key
    from known
    where reason_code = 'blocked_by_hand'

),

-- Of whom there are other records that say nothing new is only counted again.
counted_again as (

    select identifier_key
    from {{ ref('int_identity__sightings') }}
    where
        kind_code = 'identifier'
        and changed_in_run > (select coalesce(max(changed_in_run), 0) from known)

    except

    select identifier_key
    from judged_again

),

counted as (

    select
        sightings.identifier_key,
        count(*) as observation_count,
        min(sightings.observed_at) as first_observed_at,
        max(sightings.observed_at) as last_observed_at,
        min(sightings.received_at) as first_received_at
    from sightings
    where
        sightings.kind_code = 'identifier'
        and sightings.identifier_key in (
            select counted_again.identifier_key
            from counted_again
        )
    group by sightings.identifier_key

),

known_before as (

    select * from known
    where identifier_key in (
        select judged_again.identifier_key
        from judged_again
        union all
        select counted_again.identifier_key
        from counted_again
    )

),

-- What they are judged by: records of theirs, of the identifiers in these, and one step further.
beside as (

    {{ cdp.record_neighbours('judged_again', 'sightings', 'known_blocked') }}

),

beside_each as (

    {{ cdp.with_twins('beside', 'known_twins') }}

),

around_each as (

    {{ cdp.record_neighbours('beside_each', 'sightings', 'known_blocked') }}

),

around as (

    {{ cdp.with_twins('around_each', 'known_twins') }}

),

read_of as (

    select around.identifier_key
    from around
    left join known_blocked on around.identifier_key = known_blocked.identifier_key
    where known_blocked.identifier_key is null

    union

    select identifier_key
    from judged_again

),

seen as (

    select *
    from sightings
    where
        kind_code = 'identifier'
        and record_id in (
            select near_end.record_id
            from sightings as near_end
            where
                near_end.kind_code = 'identifier'
                and near_end.identifier_key in (
                    select read_of.identifier_key
                    from read_of
                )
        )

),

names_told as (

    select *
    from sightings
    where
        kind_code = 'name'
        and identifier_key in (
            select around.identifier_key
            from around
        )

)
{%- endmacro %}
