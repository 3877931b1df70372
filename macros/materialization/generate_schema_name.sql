{#- Schema = folder, the same on every engine. CDP_SCHEMA_PREFIX lets several people or test
    workers share one database. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ env_var('CDP_SCHEMA_PREFIX', '') }}{{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
