{#-
    The keys of the identifiers that facts name, each made once however many facts there are: the CTEs
    `named` and `keyed`, to be joined by source_name, identifier_type and identifier_value.

    facts: a CTE with those three columns.
    keyed has them, country_code (none: facts do not know it) and identifier_key, see
    with_identifier_key.
-#}
{% macro identifier_keys(facts) -%}
named as (

    select
        source_name,
        identifier_type,
        identifier_value,
        cast(null as varchar) as country_code
    from {{ facts }}
    group by source_name, identifier_type, identifier_value

),

keyed as (

    {{ cdp.with_identifier_key('named') }}

)
{%- endmacro %}
