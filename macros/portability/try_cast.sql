{#- A text as `data_type`, or null where it cannot be read as one. Instants with an offset become
    UTC; without one they are taken as UTC.
    text: SQL expression of type varchar; data_type: one of the words allowed in YAML. #}
{% macro try_cast(text, data_type) -%}
    {{ return(adapter.dispatch('try_cast', 'cdp')(text, data_type)) }}
{%- endmacro %}

{% macro default__try_cast(text, data_type) -%}
    {{ exceptions.raise_compiler_error('try_cast is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__try_cast(text, data_type) -%}
    {%- if data_type == 'timestamp' -%}
        case
            when regexp_matches({{ text }}, ':[0-9.]+ ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$')
                then try_cast({{ text }} as timestamptz) at time zone 'UTC'
            else try_cast({{ text }} as timestamp)
        end
    {%- else -%}
        try_cast(trim({{ text }}) as {{ data_type }})
    {%- endif -%}
{%- endmacro %}

{#- pg_input_is_valid came with PostgreSQL 16, the oldest server we support. #}
{% macro postgres__try_cast(text, data_type) -%}
    {%- if data_type == 'timestamp' -%}
        case
            when not pg_input_is_valid({{ text }}, 'timestamptz') then null
            when {{ text }} ~ ':[0-9.]+ ?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)$'
                then cast({{ text }} as timestamptz) at time zone 'UTC'
            else cast({{ text }} as timestamp)
        end
    {%- else -%}
        case
            when pg_input_is_valid(trim({{ text }}), '{{ data_type }}')
                then cast(trim({{ text }}) as {{ data_type }})
        end
    {%- endif -%}
{%- endmacro %}
