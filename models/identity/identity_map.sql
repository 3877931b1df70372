with

history as (

    select * from {{ ref('identity_map_history') }}
    where valid_to_at is null

),

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

rules as (

    select * from {{ ref('identifier_rules') }}

),

final as (

    select
        history.identifier_key,
        identifiers.identifier_type,
        identifiers.identifier_namespace,
        identifiers.identifier_normalised,
        rules.class_code,
        history.profile_id,
        rules.priority,
        identifiers.reason_code is null as is_admitted,
        identifiers.first_observed_at,
        identifiers.last_observed_at
    from history
    inner join identifiers on history.identifier_key = identifiers.identifier_key
    inner join rules on identifiers.identifier_type = rules.identifier_type

)

select * from final
