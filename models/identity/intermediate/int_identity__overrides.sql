-- Decisions of people about identifiers, with the keys of what they name; of a value, also the key
-- of its hash, since who blocks an address means it in either form.
with

overrides as (

    select * from {{ ref('identifier_overrides') }}

),

near_values as (

    select
        override_id,
        source_name,
        identifier_type,
        identifier_value,
        cast(null as varchar) as country_code
    from overrides

),

far_values as (

    select
        override_id,
        linked_source_name as source_name,
        linked_identifier_type as identifier_type,
        linked_identifier_value as identifier_value,
        cast(null as varchar) as country_code
    from overrides

),

near_keys as (

    {{ cdp.with_identifier_key('near_values', normalised=true) }}

),

far_keys as (

    {{ cdp.with_identifier_key('far_values') }}

),

final as (

    select
        overrides.override_id,
        overrides.action_code,
        case
            when overrides.identifier_type = 'identifier_key' then overrides.identifier_value
            else near_keys.identifier_key
        end as identifier_key,
        {{ cdp.hashed_key('hash_rules.identifier_type', 'near_keys') }} as hashed_key,
        case
            when overrides.linked_identifier_type = 'identifier_key'
                then overrides.linked_identifier_value
            else far_keys.identifier_key
        end as linked_identifier_key,
        overrides.owner,
        overrides.reason,
        overrides.decided_at,
        overrides.valid_until,
        overrides.valid_until is null or overrides.valid_until > {{ cdp.as_of() }} as is_active
    from overrides
    inner join near_keys on overrides.override_id = near_keys.override_id
    inner join far_keys on overrides.override_id = far_keys.override_id
    left join {{ ref('identifier_rules') }} as hash_rules
        on overrides.identifier_type = hash_rules.hashed_type

)

select * from final
