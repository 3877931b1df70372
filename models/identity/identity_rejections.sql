with

observations as (

    select * from {{ ref('identifier_observations') }}

),

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}
    where reason_code is not null

),

shapeless as (

    select
        identifier_type,
        identifier_value,
        source_name,
        count(*) as observation_count,
        min(observed_at) as first_observed_at,
        max(observed_at) as last_observed_at
    from observations
    where identifier_key is null
    group by identifier_type, identifier_value, source_name

),

final as (

    select
        {{ cdp.surrogate_key(['source_name', 'identifier_type', 'identifier_value']) }}
            as rejection_key,
        cast(null as varchar) as identifier_key,
        identifier_type,
        identifier_value,
        'unusable_shape' as reason_code,
        'its normaliser finds no usable value in it' as reason_text,
        cast(observation_count as integer) as observation_count,
        first_observed_at,
        last_observed_at
    from shapeless

    union all

    select
        {{ cdp.surrogate_key(["'judged'", 'identifier_type', 'identifier_key']) }}
            as rejection_key,
        identifier_key,
        identifier_type,
        identifier_normalised as identifier_value,
        reason_code,
        reason_text,
        cast(observation_count as integer) as observation_count,
        first_observed_at,
        last_observed_at
    from identifiers

)

select
    rejection_key,
    identifier_key,
    identifier_type,
    identifier_value,
    reason_code,
    reason_text,
    observation_count,
    first_observed_at,
    last_observed_at
from final
