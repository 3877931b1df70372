-- depends_on: {{ ref('int_identity__touched') }}
-- Within a record every admitted identifier is linked to the strongest one; the evidence of a link
-- is the earliest record that shows it. A link that a person decided on stands beside them, also
-- for refused identifiers, and so does that of an admitted identifier to its own hash.
with

sightings as (

    select * from {{ ref('int_identity__sightings') }}
    where kind_code = 'identifier'

),

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

ids as (

    select * from {{ ref('int_identity__identifier_ids') }}

),

overrides as (

    select * from {{ ref('int_identity__overrides') }}
    where action_code = 'link'

),

rules as (

    select * from {{ ref('identifier_rules') }}

),

-- An identifier and its hash: one value, whoever hashed it. Its moment is when both were known.
twins as (

    select
        stated.identifier_key,
        hashed.identifier_key as twin_key,
        rules.identifier_type as rule_type,
        greatest(stated.first_observed_at, hashed.first_observed_at) as observed_at,
        greatest(stated.first_received_at, hashed.first_received_at) as received_at,
        stated.reason_code is null and hashed.reason_code is null as is_admitted
    from identifiers as hashed
    inner join rules on hashed.identifier_type = rules.identifier_type
    inner join identifiers as stated
        on
            rules.hashed_type = stated.identifier_type
            and hashed.identifier_namespace = stated.identifier_namespace
            and hashed.identifier_normalised = {{ cdp.sha256_hex('stated.identifier_normalised') }}

),

{% if is_incremental() %}
known as (

    select * from {{ this }}

),

-- Whose links are found again: who stands in a record that changed,
told as (

    select beside.identifier_key
    from sightings as changed_row
    inner join sightings as beside on changed_row.record_id = beside.record_id
    where changed_row.changed_in_run > (select coalesce(max(changed_in_run), 0) from known)
    group by beside.identifier_key

),

-- who is admitted now and was not or the other way round, whom a person links or linked,
flipped as (

    select identifier_key
    from identifiers
    where flipped_in_run > (select coalesce(max(changed_in_run), 0) from known)

    union

    select identifier_key
    from {{ ref('int_identity__touched') }}
    where ruled_in_run > (select coalesce(max(changed_in_run), 0) from known)

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
flipped_linkable as (

    select flipped.identifier_key
    from flipped
    left join identifiers on flipped.identifier_key = identifiers.identifier_key
    where
        identifiers.reason_code is null
        or identifiers.flipped_in_run > (select coalesce(max(changed_in_run), 0) from known)

),

linked_again as (

    select beside.identifier_key
    from sightings as near_end
    inner join flipped_linkable on near_end.identifier_key = flipped_linkable.identifier_key
    inner join sightings as beside on near_end.record_id = beside.record_id
    left join identifiers on beside.identifier_key = identifiers.identifier_key
    where
        identifiers.reason_code is null
        or identifiers.flipped_in_run > (select coalesce(max(changed_in_run), 0) from known)

    union

    select identifier_key
    from changed

    -- Twins, also those that are gone.
    {%- for near_key, far_key in [('identifier_key', 'twin_key'), ('twin_key', 'identifier_key')] %}

    union

    select twins.{{ far_key }} as identifier_key
    from changed
    inner join twins on changed.identifier_key = twins.{{ near_key }}
    {%- endfor %}
    {%- for near_end, far_end in [('low', 'high'), ('high', 'low')] %}

    union

    select known.{{ far_end }}_key as identifier_key
    from changed
    inner join known on changed.identifier_key = known.{{ near_end }}_key
    inner join rules
        on
            (known.low_type = rules.identifier_type and known.high_type = rules.hashed_type)
            or (known.low_type = rules.hashed_type and known.high_type = rules.identifier_type)
    {%- endfor %}

),

records_read as (

    select sightings.record_id
    from sightings
    inner join linked_again on sightings.identifier_key = linked_again.identifier_key
    inner join identifiers on linked_again.identifier_key = identifiers.identifier_key
    where identifiers.reason_code is null
    group by sightings.record_id

),
{% endif %}

admitted as (

    select
        sightings.record_id,
        sightings.source_name,
        sightings.record_key,
        sightings.identifier_key,
        rules.priority,
        min(sightings.observed_at) as observed_at,
        min(sightings.received_at) as received_at
    from sightings
    {% if is_incremental() %}
    inner join records_read on sightings.record_id = records_read.record_id
    {% endif %}
    inner join identifiers on sightings.identifier_key = identifiers.identifier_key
    inner join rules on sightings.identifier_type = rules.identifier_type
    where
        not sightings.is_gone
        and identifiers.reason_code is null
    group by
        sightings.record_id,
        sightings.source_name,
        sightings.record_key,
        sightings.identifier_key,
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
    where is_admitted

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
        low_id.identifier_id as low_id,
        high_id.identifier_id as high_id,
        evidence.observed_at as first_observed_at,
        evidence.last_observed_at,
        evidence.received_at as first_received_at,
        evidence.is_manual = 1 as is_manual,
        {{ cdp.run_number() }} as changed_in_run,
        1 = 0 as is_gone
    from evidence
    inner join identifiers as low_end on evidence.low_key = low_end.identifier_key
    inner join identifiers as high_end on evidence.high_key = high_end.identifier_key
    inner join ids as low_id on evidence.low_key = low_id.identifier_key
    inner join ids as high_id on evidence.high_key = high_id.identifier_key
    inner join rules as low_rule on low_end.identifier_type = low_rule.identifier_type
    inner join rules as high_rule on high_end.identifier_type = high_rule.identifier_type
    {% if is_incremental() %}
    inner join linked_again as low_again on evidence.low_key = low_again.identifier_key
    inner join linked_again as high_again on evidence.high_key = high_again.identifier_key
    {% endif %}
    where evidence.evidence_number = 1

)

select * from final
{% if is_incremental() %}
union all

select
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
inner join linked_again as low_again on known.low_key = low_again.identifier_key
inner join linked_again as high_again on known.high_key = high_again.identifier_key
left join final
    on
        known.low_key = final.low_key
        and known.high_key = final.high_key
where final.low_key is null
{% endif %}
