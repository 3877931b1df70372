{#- sync_name and identifier_type (of the key) of every sync with `message: true`: a select, empty when
    there is none. -#}
{% macro syncs_that_message() -%}
    {%- set selects = [] -%}
    {%- for sync in cdp.sync_registry() if sync.definition.message -%}
        {%- do selects.append(
            "select\n        '" ~ sync.name ~ "' as sync_name,\n        '"
            ~ sync.definition.fields[sync.definition.key].identifier ~ "' as identifier_type"
        ) -%}
    {%- endfor -%}
    {%- if not selects -%}
        {%- do selects.append(
            'select\n        cast(null as varchar) as sync_name,\n'
            ~ '        cast(null as varchar) as identifier_type\n    where 1 = 0'
        ) -%}
    {%- endif -%}
    {{ selects | join('\n    union all\n    ') }}
{%- endmacro %}
