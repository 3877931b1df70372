{{ config(
    pre_hook="{{ cdp.join_sides_as_written(true) }}",
    post_hook="{{ cdp.join_sides_as_written(false) }}",
) }}
-- depends_on: {{ ref('int_identity__touched') }}
-- Within a record every admitted identifier is linked to the strongest one; the evidence of a link
-- is the earliest record that shows it. A link that a person decided on stands beside them, also
-- for refused identifiers, and so does that of an admitted identifier to its own hash.
with

sightings as not materialized (

    select * from {{ ref('int_identity__sightings') }}
    where kind_code = 'identifier'

),

identifiers as not materialized (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

overrides as (

    select * from {{ ref('int_identity__overrides') }}
    where action_code = 'link'

),

rules as (

    select * from {{ ref('identifier_rules') }}

),

{% if is_incremental() %}
known as not materialized (

    select * from {{ this }}

),

last_run as (

    select coalesce(max(changed_in_run), 0) as changed_in_run
    from known

),

-- Whose links are found again: who stands in a record that changed,
told as (

    select beside.identifier_key
    from sightings as beside
    where
        beside.record_id in (
            select changed_row.record_id
            from sightings as changed_row
            where changed_row.changed_in_run > (select last_run.changed_in_run from last_run)
        )
    group by beside.identifier_key

),

-- who is admitted now and was not or the other way round, whom a person links or linked,
flipped as (

    select identifier_key
    from identifiers
    where flipped_in_run > (select last_run.changed_in_run from last_run)

    union

    select identifier_key
    from {{ ref('int_identity__touched') }}
    where ruled_in_run > (select last_run.changed_in_run from last_run)

    union

    select identifier_key
    from overrides

    union

    select linked_identifier_key as identifier_key
    from overrides

    union

    select low_key as identifier_key
    from known
    where is_manual

    union

    select high_key as identifier_key
    from known
    where is_manual

),

changed as (

    select identifier_key
    from flipped

    union

    select identifier_key
    from told

),

-- and all who share a record with one of these. Who was refused and still is has no links that
-- could change.
unlinkable as (

    select identifier_key
    from identifiers
    where
        reason_code is not null
        and flipped_in_run <= (select last_run.changed_in_run from last_run)

),

beside_flipped as (

    select beside.identifier_key
    from sightings as beside
    where
        beside.record_id in (
            select near_end.record_id
            from sightings as near_end
            where
                near_end.identifier_key in (
                    select flipped.identifier_key
                    from flipped
                    left join unlinkable on flipped.identifier_key = unlinkable.identifier_key
                    where unlinkable.identifier_key is null
                )
        )
    group by beside.identifier_key

),

twin_types as (

    select
        identifier_type,
        hashed_type as twin_type
    from rules
    where hashed_type is not null

    union all

    select
        hashed_type as identifier_type,
        identifier_type as twin_type
    from rules
    where hashed_type is not null

),

linked_again as (

    select beside_flipped.identifier_key
    from beside_flipped
    left join unlinkable on beside_flipped.identifier_key = unlinkable.identifier_key
    where unlinkable.identifier_key is null

    union

    select identifier_key
    from changed

    -- An identifier and its hash, also those that are gone.
    union

    select hashed_key as identifier_key
    from identifiers
    where
        hashed_key is not null
        and identifier_key in (
            select changed.identifier_key
            from changed
        )

    union

    select identifier_key
    from identifiers
    where
        hashed_key in (
            select changed.identifier_key
            from changed
        )
    {%- for near_end, far_end in [('low', 'high'), ('high', 'low')] %}

    union

    select known.{{ far_end }}_key as identifier_key
    from known
    inner join twin_types
        on
            known.low_type = twin_types.identifier_type
            and known.high_type = twin_types.twin_type
    where
        known.{{ near_end }}_key in (
            select changed.identifier_key
            from changed
        )
    {%- endfor %}

),

ends as (

    select * from identifiers
    where
        identifier_key in (
            select linked_again.identifier_key
            from linked_again
        )

),

observations as (

    select *
    from sightings
    where
        record_id in (
            select near_end.record_id
            from sightings as near_end
            where
                near_end.identifier_key in (
                    select ends.identifier_key
                    from ends
                    where ends.reason_code is null
                )
        )

),

-- Who else stands in their records: of those it counts who is the strongest.
judged as (

    select
        identifier_key,
        reason_code
    from identifiers
    where
        identifier_key in (
            select observations.identifier_key
            from observations
        )

),
{% else %}
ends as (

    select * from identifiers

),

observations as (

    select * from sightings

),

judged as (

    select
        identifier_key,
        reason_code
    from identifiers

),
{% endif %}

-- An identifier and its hash: one value, whoever hashed it. Its moment is when both were known.
twins as (

    select
        stated.identifier_key,
        hashed.identifier_key as twin_key,
        hashed.identifier_type as rule_type,
        greatest(stated.first_observed_at, hashed.first_observed_at) as observed_at,
        greatest(stated.first_received_at, hashed.first_received_at) as received_at
    from ends as stated
    inner join ends as hashed on stated.hashed_key = hashed.identifier_key
    where
        stated.reason_code is null
        and hashed.reason_code is null

),

admitted as (

    select
        observations.record_id,
        observations.source_name,
        observations.record_key,
        observations.identifier_key,
        rules.priority,
        min(observations.observed_at) as observed_at,
        min(observations.received_at) as received_at
    from observations
    inner join judged on observations.identifier_key = judged.identifier_key
    inner join rules on observations.identifier_type = rules.identifier_type
    where
        not observations.is_gone
        and judged.reason_code is null
    group by
        observations.record_id,
        observations.source_name,
        observations.record_key,
        observations.identifier_key,
        rules.priority

),

records as (

    select
        *,
        count(*) over (partition by record_id) as identifier_count,
        first_value(identifier_key) over (
            partition by record_id
            order by priority, identifier_key
        ) as hub_key
    from admitted

),

links as (

    select
        source_name,
        record_key,
        observed_at,
        received_at,
        case when hub_key < identifier_key then hub_key else identifier_key end as low_key,
        case when hub_key < identifier_key then identifier_key else hub_key end as high_key,
        0 as is_manual
    from records
    where
        identifier_count > 1
        and identifier_key <> hub_key

    union all

    select
        'identifier_overrides' as source_name,
        override_id as record_key,
        decided_at as observed_at,
        decided_at as received_at,
        case when identifier_key < linked_identifier_key then identifier_key
            else linked_identifier_key
        end as low_key,
        case when identifier_key < linked_identifier_key then linked_identifier_key
            else identifier_key
        end as high_key,
        1 as is_manual
    from overrides
    where
        is_active
        and identifier_key <> linked_identifier_key

    union all

    select
        'identifier_rules' as source_name,
        rule_type as record_key,
        observed_at,
        received_at,
        case when identifier_key < twin_key then identifier_key else twin_key end as low_key,
        case when identifier_key < twin_key then twin_key else identifier_key end as high_key,
        0 as is_manual
    from twins

),

evidence as (

    select
        *,
        row_number() over (
            partition by low_key, high_key
            order by is_manual desc, observed_at, source_name, {{ cdp.binary_order('record_key') }}
        ) as evidence_number,
        count(*) over (partition by low_key, high_key) as record_count,
        max(observed_at) over (partition by low_key, high_key) as last_observed_at
    from links

),

final as (

    select
        {{ cdp.surrogate_key(['evidence.low_key', 'evidence.high_key']) }} as edge_key,
        evidence.low_key,
        evidence.high_key,
        low_end.identifier_type as low_type,
        high_end.identifier_type as high_type,
        -- A link is as strong as its weaker end; what a person decided is verified.
        cast(case
            when evidence.is_manual = 1 then 'verified'
            when low_rule.priority > high_rule.priority then low_rule.class_code
            else high_rule.class_code
        end as varchar) as class_code,
        evidence.source_name,
        evidence.record_key,
        cast(evidence.record_count as integer) as record_count,
        low_end.identifier_id as low_id,
        high_end.identifier_id as high_id,
        evidence.observed_at as first_observed_at,
        evidence.last_observed_at,
        evidence.received_at as first_received_at,
        evidence.is_manual = 1 as is_manual,
        {{ cdp.run_number() }} as changed_in_run,
        1 = 0 as is_gone
    from evidence
    inner join ends as low_end on evidence.low_key = low_end.identifier_key
    inner join ends as high_end on evidence.high_key = high_end.identifier_key
    inner join rules as low_rule on low_end.identifier_type = low_rule.identifier_type
    inner join rules as high_rule on high_end.identifier_type = high_rule.identifier_type
    where evidence.evidence_number = 1

)

select * from final
{% if is_incremental() %}
union all

select
    known.edge_key,
    known.low_key,
    known.high_key,
    known.low_type,
    known.high_type,
    known.class_code,
    known.source_name,
    known.record_key,
    known.record_count,
    known.low_id,
    known.high_id,
    known.first_observed_at,
    known.last_observed_at,
    known.first_received_at,
    known.is_manual,
    known.changed_in_run,
    1 = 1 as is_gone
from known
left join final on known.edge_key = final.edge_key
where
    known.low_key in (
        select linked_again.identifier_key
        from linked_again
    )
    and known.high_key in (
        select linked_again.identifier_key
        from linked_again
    )
    and final.edge_key is null
{% endif %}
