-- Within a record every admitted identifier is linked to the strongest one; the evidence of a link
-- is the earliest record that shows it. A link that a person decided on stands beside them, also
-- for refused identifiers.
with

observations as (

    select * from {{ ref('identifier_observations') }}

),

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}
    where reason_code is null

),

overrides as (

    select * from {{ ref('int_identity__overrides') }}
    where
        action_code = 'link'
        and is_active

),

rules as (

    select * from {{ ref('identifier_rules') }}

),

admitted as (

    select
        observations.source_name,
        observations.record_key,
        observations.identifier_key,
        rules.priority,
        min(observations.observed_at) as observed_at,
        min(observations.received_at) as received_at
    from observations
    inner join identifiers on observations.identifier_key = identifiers.identifier_key
    inner join rules on observations.identifier_type = rules.identifier_type
    group by
        observations.source_name,
        observations.record_key,
        observations.identifier_key,
        rules.priority

),

records as (

    select
        *,
        count(*) over (partition by source_name, record_key) as identifier_count,
        first_value(identifier_key) over (
            partition by source_name, record_key
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
    where identifier_key <> linked_identifier_key

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
        low_key,
        high_key,
        source_name,
        record_key,
        record_count,
        observed_at as first_observed_at,
        last_observed_at,
        received_at as first_received_at,
        is_manual = 1 as is_manual
    from evidence
    where evidence_number = 1

)

select * from final
