-- A sync that asks for an identifier which nobody has would refuse everybody without a word.
with

asked as (

    select
        cast(null as varchar) as file_path,
        cast(null as varchar) as unknown_identifier
    where 1 = 0
    {%- for sync in cdp.sync_registry() %}
    {%- for field in sync.definition.fields.values() if 'identifier' in field %}
    union all
    select
        '{{ sync.file }}' as file_path,
        '{{ field.identifier }}' as unknown_identifier
    {%- endfor %}
    {%- endfor %}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

),

final as (

    select
        asked.file_path,
        asked.unknown_identifier
    from asked
    left join identifier_rules on asked.unknown_identifier = identifier_rules.identifier_type
    where identifier_rules.identifier_type is null

)

select * from final
