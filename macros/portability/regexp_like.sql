{#- Whether a text matches a POSIX regular expression anywhere. Null text: null.
    pattern: the literal's content, single quotes in it doubled. #}
{% macro regexp_like(text, pattern) -%}
    {{ return(adapter.dispatch('regexp_like', 'cdp')(text, pattern)) }}
{%- endmacro %}

{% macro default__regexp_like(text, pattern) -%}
    {{ exceptions.raise_compiler_error('regexp_like is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__regexp_like(text, pattern) -%}
    regexp_matches({{ text }}, '{{ pattern }}')
{%- endmacro %}

{% macro postgres__regexp_like(text, pattern) -%}
    {{ text }} ~ '{{ pattern }}'
{%- endmacro %}
