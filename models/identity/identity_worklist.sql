-- What a person should look at. An unlink, link or block in identifier_overrides settles a case.
-- Long because it is one list: each kind is a few lines of its own.
with

rules as (

    select * from {{ ref('worklist_rules') }}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

),

identity_map as not materialized (

    select * from {{ ref('identity_map') }}

),

conflicts as (

    select * from {{ ref('identity_conflicts') }}
    where is_dropped

),

overrides as (

    select * from {{ ref('int_identity__overrides') }}
    where is_active

),

edges as (

    select * from {{ ref('identity_edges') }}

),

likely_pairs as (

    select * from {{ ref('identity_scored_links') }}
    where decision_code in ('review', 'refused')

),

traits as (

    select
        identifier_key,
        case when trait_name = 'first_name' then 'first_names' else 'countries' end as kind_code,
        case
            when trait_name = 'first_name' then {{ cdp.folded_letters('trait_value') }}
            else lower(trim(trait_value))
        end as spelling
    from {{ ref('trait_observations') }}
    where
        trait_name in ('first_name', 'country_code')
        and trait_value is not null

),

-- Two profiles of which a person said that they are two.
settled as (

    select
        near_end.profile_id,
        far_end.profile_id as other_profile_id
    from overrides
    inner join identity_map as near_end on overrides.identifier_key = near_end.identifier_key
    inner join identity_map as far_end on overrides.linked_identifier_key = far_end.identifier_key
    where overrides.action_code = 'unlink'

    union

    select
        far_end.profile_id,
        near_end.profile_id as other_profile_id
    from overrides
    inner join identity_map as near_end on overrides.identifier_key = near_end.identifier_key
    inner join identity_map as far_end on overrides.linked_identifier_key = far_end.identifier_key
    where overrides.action_code = 'unlink'

),

dropped_links as (

    select
        low_end.profile_id,
        high_end.profile_id as other_profile_id,
        conflicts.edge_key as subject_key,
        count(*) as found_count,
        min(conflicts.reason_text) as reason_text
    from conflicts
    inner join identity_map as low_end on conflicts.identifier_key = low_end.identifier_key
    inner join identity_map as high_end on conflicts.linked_identifier_key = high_end.identifier_key
    left join settled
        on
            low_end.profile_id = settled.profile_id
            and high_end.profile_id = settled.other_profile_id
    where
        conflicts.limited_type not like 'unlink:%'
        and settled.profile_id is null
    group by low_end.profile_id, high_end.profile_id, conflicts.edge_key

),

scored_pairs as (

    select
        low_end.profile_id,
        high_end.profile_id as other_profile_id,
        likely_pairs.scored_link_key as subject_key,
        'alike with probability ' || cast(likely_pairs.match_probability as varchar)
        || case when likely_pairs.decision_code = 'refused' then ', but not joined' else '' end
        || ': ' || likely_pairs.levels_text as reason_text
    from likely_pairs
    inner join identity_map as low_end on likely_pairs.identifier_key = low_end.identifier_key
    inner join identity_map as high_end
        on likely_pairs.linked_identifier_key = high_end.identifier_key
    left join settled
        on
            low_end.profile_id = settled.profile_id
            and high_end.profile_id = settled.other_profile_id
    where settled.profile_id is null

),

idle_overrides as (

    select
        overrides.override_id as subject_key,
        'override ' || overrides.override_id || ' of ' || overrides.owner
        || ' names an identifier that no record names' as reason_text
    from overrides
    left join identity_map as near_end on overrides.identifier_key = near_end.identifier_key
    left join identity_map as far_end on overrides.linked_identifier_key = far_end.identifier_key
    where
        near_end.identifier_key is null
        or (overrides.action_code <> 'block' and far_end.identifier_key is null)

),

spreads as (

    select
        identity_map.profile_id,
        traits.kind_code,
        count(distinct traits.spelling) as found_count
    from traits
    inner join identity_map on traits.identifier_key = identity_map.identifier_key
    group by identity_map.profile_id, traits.kind_code

),

sizes as (

    select
        profile_id,
        count(*) as found_count
    from identity_map
    group by profile_id

),

daily as (

    select
        profile_id,
        cast(first_observed_at as date) as first_observed_on,
        count(*) as found_count
    from identity_map
    where first_observed_at is not null
    group by profile_id, cast(first_observed_at as date)

),

velocities as (

    select
        profile_id,
        max(found_count) as found_count
    from daily
    group by profile_id

),

device_ends as (

    select
        case
            when near_rule.class_code = 'device' then edges.identifier_key
            else edges.linked_identifier_key
        end as device_key,
        edges.record_count
    from edges
    inner join identifier_rules as near_rule on edges.identifier_type = near_rule.identifier_type
    where edges.class_code = 'device'

),

-- A device whose every link was seen once, and that joins at least two identifiers.
weak_devices as (

    select
        device_key,
        count(*) as found_count
    from device_ends
    group by device_key
    having count(*) > 1 and max(record_count) = 1

),

cases as (

    select
        'dropped_link' as kind_code,
        profile_id,
        other_profile_id,
        subject_key,
        found_count,
        reason_text
    from dropped_links

    union all

    select
        'likely_pair' as kind_code,
        profile_id,
        other_profile_id,
        subject_key,
        1 as found_count,
        reason_text
    from scored_pairs

    union all

    select
        'override_without_effect' as kind_code,
        cast(null as varchar) as profile_id,
        cast(null as varchar) as other_profile_id,
        subject_key,
        1 as found_count,
        reason_text
    from idle_overrides

    union all

    select
        kind_code,
        profile_id,
        cast(null as varchar) as other_profile_id,
        profile_id as subject_key,
        found_count,
        cast(found_count as varchar) || ' different '
        || case when kind_code = 'countries' then 'countries' else 'first names' end as reason_text
    from spreads

    union all

    select
        'large_profile' as kind_code,
        profile_id,
        cast(null as varchar) as other_profile_id,
        profile_id as subject_key,
        found_count,
        cast(found_count as varchar) || ' identifiers' as reason_text
    from sizes

    union all

    select
        'new_identifiers_in_a_day' as kind_code,
        profile_id,
        cast(null as varchar) as other_profile_id,
        profile_id as subject_key,
        found_count,
        cast(found_count as varchar) || ' new identifiers in one day' as reason_text
    from velocities

    union all

    select
        'weak_link' as kind_code,
        identity_map.profile_id,
        cast(null as varchar) as other_profile_id,
        weak_devices.device_key as subject_key,
        weak_devices.found_count,
        'a device seen once with each of ' || cast(weak_devices.found_count as varchar)
        || ' identifiers' as reason_text
    from weak_devices
    inner join identity_map on weak_devices.device_key = identity_map.identifier_key

),

final as (

    select
        {{ cdp.surrogate_key(['cases.kind_code', 'cases.subject_key']) }} as worklist_key,
        cast(cases.kind_code as varchar) as kind_code,
        rules.priority,
        cases.profile_id,
        cases.other_profile_id,
        cases.subject_key,
        cast(cases.found_count as integer) as found_count,
        cast(cases.reason_text as varchar) as reason_text
    from cases
    inner join rules on cases.kind_code = rules.kind_code
    where cases.found_count > rules.max_count

)

select * from final
