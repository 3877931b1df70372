-- Components in which a type has more values than one person may have: a chain of links, each
-- harmless by itself, has joined two people.
with

components as (

    select * from {{ ref('int_identity__components') }}

),

ids as (

    select * from {{ ref('int_identity__identifier_ids') }}

),

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

rules as (

    select * from {{ ref('identifier_rules') }}
    where max_per_profile is not null

),

counted as (

    select
        components.component_id,
        identifiers.identifier_type,
        rules.max_per_profile,
        count(*) as identifier_count
    from components
    inner join ids on components.node_id = ids.identifier_id
    inner join identifiers on ids.identifier_key = identifiers.identifier_key
    inner join rules on identifiers.identifier_type = rules.identifier_type
    group by components.component_id, identifiers.identifier_type, rules.max_per_profile

),

final as (

    select
        component_id,
        identifier_type,
        cast(identifier_count as integer) as identifier_count,
        max_per_profile
    from counted
    where identifier_count > max_per_profile

)

select * from final
