{{ config(
    pre_hook="{{ cdp.join_sides_as_written(true) }}",
    post_hook="{{ cdp.join_sides_as_written(false) }}",
) }}
-- depends_on: {{ ref('int_identity__touched') }}
-- Every identifier that was observed, with the first reason against it. A refused identifier links
-- nobody; the order of the filters is fixed: shape, static block, frequency by proxy, manual. An
-- identifier and its own hash are one value: what is found of either is found of both. A later run
-- judges those whom a change can reach (cdp.judged_again), by the rules by which a rebuild judges
-- all. Long because people are counted in several steps, which read one another.
with

sightings as not materialized (

    select * from {{ ref('int_identity__sightings') }}
    where not is_gone

),

limits as (

    select * from {{ ref('identifier_limits') }}

),

rules as (

    select * from {{ ref('identifier_rules') }}

),

ids as (

    select * from {{ ref('int_identity__identifier_ids') }}

),

types as (

    select
        identifier_type,
        coalesce(hashed_type, identifier_type) as value_type
    from rules

),

-- Limits of a type and of its hashes are limits of the value, the strictest counts.
value_limits as (

    select
        limited.value_type as identifier_type,
        coalesce(counted.value_type, limits.counted_type) as counted_type,
        min(limits.max_count) as max_count
    from limits
    inner join types as limited on limits.identifier_type = limited.identifier_type
    left join types as counted on limits.counted_type = counted.identifier_type
    group by limited.value_type, coalesce(counted.value_type, limits.counted_type)

),

-- What values of a type do when people are counted.
roles as (

    select
        types.identifier_type,
        types.value_type,
        value_rules.class_code in ('login', 'verified') as is_account,
        types.value_type in (
            select value_limits.identifier_type
            from value_limits
        ) as is_limited,
        types.value_type in (
            select value_limits.counted_type
            from value_limits
        ) as is_counted
    from types
    inner join rules as value_rules on types.value_type = value_rules.identifier_type

),

-- Ids of one person that nobody shares. Chosen among the few rules: PostgreSQL, left to look for
-- them among all observations, expects one and pairs those with everything (1 M events: minutes).
personal_types as (

    select
        rules.identifier_type,
        rules.priority
    from rules
    left join limits on rules.identifier_type = limits.identifier_type
    where
        rules.class_code in ('login', 'verified')
        and limits.identifier_type is null

),

blocks as (

    select
        identifier_key,
        hashed_key,
        'override ' || override_id || ' of ' || owner || ': ' || reason as reason_text
    from {{ ref('int_identity__overrides') }}
    where
        action_code = 'block'
        and is_active

),

blocked_by_hand as (

    select
        identifier_key,
        min(reason_text) as reason_text
    from (
        select
            identifier_key,
            reason_text
        from blocks
        union all
        select
            hashed_key as identifier_key,
            reason_text
        from blocks
        where hashed_key is not null
    ) as blocked_keys
    group by identifier_key

),

{% if is_incremental() %}
{{ cdp.judged_again() }},
{% else %}
seen as not materialized (

    select * from sightings
    where kind_code = 'identifier'

),

names_told as (

    select * from sightings
    where kind_code = 'name'

),
{% endif %}

-- A key has one type and one value. They are aggregated, not grouped by, so that no engine tries
-- the patterns of the blocklist on every sighting.
identifiers as (

    select
        identifier_key,
        min(identifier_type) as identifier_type,
        min(identifier_namespace) as identifier_namespace,
        min(identifier_normalised) as identifier_normalised,
        min(observed_at) as first_observed_at,
        max(observed_at) as last_observed_at,
        min(received_at) as first_received_at,
        count(*) as observation_count
    from seen
    group by identifier_key

),

hashed as materialized (

    select
        identifiers.identifier_key,
        {{ cdp.hashed_key('rules.identifier_type', 'identifiers') }} as hashed_key
    from identifiers
    inner join rules on identifiers.identifier_type = rules.hashed_type

),

-- The value of an identifier whose hash was seen is that of its hash, of all others their own.
twins as (

    select
        hashed.identifier_key,
        hashed.hashed_key as value_key
    from hashed
    inner join identifiers on hashed.hashed_key = identifiers.identifier_key

),

valued as (

    select
        identifiers.identifier_key,
        coalesce(twins.value_key, identifiers.identifier_key) as value_key,
        {{ cdp.blocked_reason('identifiers.identifier_type', 'identifiers.identifier_normalised') }}
            as reason_text
    from identifiers
    left join twins on identifiers.identifier_key = twins.identifier_key

),

blocked_values as (

    select
        value_key,
        min(reason_text) as reason_text
    from valued
    where reason_text is not null
    group by value_key

),

blocked as (

    select
        valued.identifier_key,
        blocked_values.reason_text
    from valued
    inner join blocked_values on valued.value_key = blocked_values.value_key
    {% if is_incremental() %}
    where
        valued.identifier_key in (
            select judged_again.identifier_key
            from judged_again
        )

    union

    -- Others were judged by more than is read here.
    select
        valued.identifier_key,
        blocked_before.reason_text
    from valued
    inner join blocked_before on valued.identifier_key = blocked_before.identifier_key
    left join judged_again on valued.identifier_key = judged_again.identifier_key
    where judged_again.identifier_key is null
    {% endif %}

),

-- Roles and blocks are columns. PostgreSQL expects nobody after a join that looks for who is not
-- blocked, and would then pair everything with everything.
observations as (

    select
        seen.identifier_key,
        seen.identifier_type,
        seen.record_id,
        coalesce(twins.value_key, seen.identifier_key) as value_key,
        roles.value_type,
        roles.is_limited,
        roles.is_counted,
        roles.is_account,
        blocked.identifier_key is not null as is_blocked
    from seen
    inner join roles on seen.identifier_type = roles.identifier_type
    left join twins on seen.identifier_key = twins.identifier_key
    left join blocked on seen.identifier_key = blocked.identifier_key

),

record_names as (

    select
        coalesce(twins.value_key, names_told.identifier_key) as value_key,
        max(case when names_told.trait_name = 'first_name' then trim(names_told.trait_value) end)
            as first_name,
        max(case when names_told.trait_name = 'last_name' then trim(names_told.trait_value) end)
            as last_name
    from names_told
    left join twins on names_told.identifier_key = twins.identifier_key
    group by coalesce(twins.value_key, names_told.identifier_key), names_told.record_id

),

stated_names as (

    select
        value_key,
        {{ cdp.folded_letters("split_part(first_name, ' ', 1)") }} as first_letters,
        {{ cdp.folded_letters('last_name') }} as last_letters
    from record_names
    group by value_key, first_name, last_name

),

-- Who is called what? An initial or a first name alone tells nobody apart, and an identifier under
-- which several names are stated tells nothing about the values beside it. One letter is an
-- initial, one Chinese sign (three bytes) a name: 王伟 and 王丽 are two people.
names as (

    select
        value_key,
        min(first_letters || ' ' || last_letters) as person_name
    from stated_names
    where
        (length(first_letters) > 1 or {{ cdp.byte_length('first_letters') }} > 2)
        and (length(last_letters) > 1 or {{ cdp.byte_length('last_letters') }} > 2)
    group by value_key
    having min(first_letters || ' ' || last_letters) = max(first_letters || ' ' || last_letters)

),

-- Which other identifiers does a value of a limited type share records with? Only those that are
-- not blocked themselves.
neighbours as (

    select
        near.value_key,
        far.value_key as neighbour_key,
        min(near.value_type) as identifier_type,
        min(far.value_type) as neighbour_type
    from observations as near
    inner join observations as far on near.record_id = far.record_id
    where
        near.is_limited
        and not far.is_blocked
    group by near.value_key, far.value_key

),

-- What one hop further tells: the one e-mail of the account or loyalty card that was used with a
-- payment card counts as if it had stood in the same record.
known_of as (

    select
        near.value_key,
        far.value_type as neighbour_type,
        min(far.value_key) as neighbour_key
    from observations as near
    inner join observations as far on near.record_id = far.record_id
    where
        near.is_account
        and far.is_counted
        and near.value_key in (
            select neighbours.neighbour_key
            from neighbours
        )
        and near.value_type <> far.value_type
        and not far.is_blocked
    group by near.value_key, far.value_type
    having min(far.value_key) = max(far.value_key)

),

known_beside as (

    select
        value_key,
        identifier_type,
        neighbour_key,
        neighbour_type
    from neighbours

    union all

    select
        neighbours.value_key,
        neighbours.identifier_type,
        known_of.neighbour_key,
        known_of.neighbour_type
    from neighbours
    inner join known_of on neighbours.neighbour_key = known_of.value_key

),

counted_pairs as (

    select
        known_beside.value_key,
        value_limits.counted_type,
        value_limits.max_count,
        known_beside.neighbour_key as counted_key,
        cast(null as varchar) as person_name
    from known_beside
    inner join value_limits
        on
            known_beside.identifier_type = value_limits.identifier_type
            and known_beside.neighbour_type = value_limits.counted_type

    union

    select
        neighbours.value_key,
        value_limits.counted_type,
        value_limits.max_count,
        neighbours.neighbour_key as counted_key,
        names.person_name
    from neighbours
    inner join value_limits
        on
            neighbours.identifier_type = value_limits.identifier_type
            and value_limits.counted_type = 'person_name'
    inner join names on neighbours.neighbour_key = names.value_key

),

raw_over_limits as (

    select
        value_key,
        counted_type
    from counted_pairs
    group by value_key, counted_type, max_count
    having count(distinct coalesce(person_name, counted_key)) > max_count

),

doubtful_pairs as (

    select counted_pairs.*
    from counted_pairs
    inner join raw_over_limits
        on
            counted_pairs.value_key = raw_over_limits.value_key
            and counted_pairs.counted_type = raw_over_limits.counted_type

),

doubtful_keys as (

    select counted_key
    from doubtful_pairs
    group by counted_key

),

-- Two e-mails of one account are one known person: a counted value stands for the strongest id in
-- its records that nobody shares. So a device is given back when a later login shows that those
-- who were seen on it are the same person.
people_behind as (

    select
        doubtful_keys.counted_key,
        stronger.identifier_key as person_key,
        row_number() over (
            partition by doubtful_keys.counted_key
            order by personal_types.priority, stronger.identifier_key
        ) as strength_number
    from doubtful_keys
    inner join observations as counted on doubtful_keys.counted_key = counted.value_key
    inner join observations as stronger on counted.record_id = stronger.record_id
    inner join personal_types on stronger.identifier_type = personal_types.identifier_type
    where not stronger.is_blocked

),

-- Two names of one known person, of before and after a wedding say, count as one, and so do two ids
-- under one name.
doubtful_people as (

    select
        doubtful_pairs.value_key,
        doubtful_pairs.counted_type,
        doubtful_pairs.max_count,
        coalesce(
            min(doubtful_pairs.person_name),
            coalesce(people_behind.person_key, doubtful_pairs.counted_key)
        ) as counted_value
    from doubtful_pairs
    left join people_behind
        on
            doubtful_pairs.counted_key = people_behind.counted_key
            and people_behind.strength_number = 1
    group by
        doubtful_pairs.value_key,
        doubtful_pairs.counted_type,
        doubtful_pairs.max_count,
        coalesce(people_behind.person_key, doubtful_pairs.counted_key)

),

over_limits as (

    select
        value_key,
        counted_type,
        max_count,
        count(distinct counted_value) as counted
    from doubtful_people
    group by value_key, counted_type, max_count
    having count(distinct counted_value) > max_count

),

shared as (

    select
        value_key,
        max(
            'seen with ' || cast(counted as varchar) || ' people by their ' || counted_type
            || ', allowed ' || cast(max_count as varchar)
        ) as reason_text
    from over_limits
    group by value_key

),

judged as (

    select
        identifiers.identifier_key,
        identifiers.identifier_type,
        identifiers.identifier_namespace,
        identifiers.identifier_normalised,
        case
            when blocked.identifier_key is not null then 'blocked_value'
            when shared.value_key is not null then 'shared_value'
            when blocked_by_hand.identifier_key is not null then 'blocked_by_hand'
        end as reason_code,
        coalesce(
            blocked.reason_text, shared.reason_text, blocked_by_hand.reason_text
        ) as reason_text,
        identifiers.observation_count,
        identifiers.first_observed_at,
        identifiers.last_observed_at,
        identifiers.first_received_at
    from identifiers
    inner join valued on identifiers.identifier_key = valued.identifier_key
    left join blocked on identifiers.identifier_key = blocked.identifier_key
    left join shared on valued.value_key = shared.value_key
    left join blocked_by_hand on identifiers.identifier_key = blocked_by_hand.identifier_key
    {% if is_incremental() %}
    where
        identifiers.identifier_key in (
            select judged_again.identifier_key
            from judged_again
        )
    {% endif %}

),

final as (

    select
        judged.*,
        ids.identifier_id,
        hashed.hashed_key,
        {% if is_incremental() %}
        case
            when
                (judged.reason_code is null) = (known.reason_code is null)
                and known.identifier_key is not null
                then known.flipped_in_run
            else {{ cdp.run_number() }}
        end as flipped_in_run,
        {% else %}
        {{ cdp.run_number() }} as flipped_in_run,
        {% endif %}
        {{ cdp.run_number() }} as changed_in_run,
        1 = 0 as is_gone
    from judged
    inner join ids on judged.identifier_key = ids.identifier_key
    left join hashed on judged.identifier_key = hashed.identifier_key
    {% if is_incremental() %}
    left join known_before as known on judged.identifier_key = known.identifier_key

    union all

    select
        known.identifier_key,
        known.identifier_type,
        known.identifier_namespace,
        known.identifier_normalised,
        known.reason_code,
        known.reason_text,
        counted.observation_count,
        counted.first_observed_at,
        counted.last_observed_at,
        counted.first_received_at,
        known.identifier_id,
        known.hashed_key,
        known.flipped_in_run,
        {{ cdp.run_number() }} as changed_in_run,
        1 = 0 as is_gone
    from known_before as known
    inner join counted on known.identifier_key = counted.identifier_key

    union all

    -- No record names them any more.
    select
        known.identifier_key,
        cast(null as varchar) as identifier_type,
        cast(null as varchar) as identifier_namespace,
        cast(null as varchar) as identifier_normalised,
        cast(null as varchar) as reason_code,
        cast(null as varchar) as reason_text,
        cast(null as bigint) as observation_count,
        cast(null as timestamp) as first_observed_at,
        cast(null as timestamp) as last_observed_at,
        cast(null as timestamp) as first_received_at,
        cast(null as bigint) as identifier_id,
        cast(null as varchar) as hashed_key,
        known.flipped_in_run,
        known.changed_in_run,
        1 = 1 as is_gone
    from known_before as known
    inner join judged_again on known.identifier_key = judged_again.identifier_key
    left join judged on known.identifier_key = judged.identifier_key
    where judged.identifier_key is null
    {% endif %}

)

select * from final
