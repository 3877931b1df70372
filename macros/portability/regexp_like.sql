{#- Whether a text matches a POSIX regular expression anywhere. Null text: null.
    pattern: the literal's content, single quotes in it doubled. any_case: capitals do not matter. #}
{% macro regexp_like(text, pattern, any_case=false) -%}
    {{ return(adapter.dispatch('regexp_like', 'cdp')(text, pattern, any_case)) }}
{%- endmacro %}

{% macro default__regexp_like(text, pattern, any_case) -%}
    {{ exceptions.raise_compiler_error('regexp_like is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__regexp_like(text, pattern, any_case) -%}
    regexp_matches({{ text }}, '{{ pattern }}'{{ ", 'i'" if any_case }})
{%- endmacro %}

{% macro postgres__regexp_like(text, pattern, any_case) -%}
    {{ text }} ~{{ '*' if any_case }} '{{ pattern }}'
{%- endmacro %}
