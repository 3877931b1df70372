{#- Whether a text matches the POSIX regular expression that a column holds. #}
{% macro regexp_like_column(text, pattern_column) -%}
    {{ return(adapter.dispatch('regexp_like_column', 'cdp')(text, pattern_column)) }}
{%- endmacro %}

{% macro default__regexp_like_column(text, pattern_column) -%}
    {{ exceptions.raise_compiler_error('regexp_like_column is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__regexp_like_column(text, pattern_column) -%}
    regexp_matches({{ text }}, {{ pattern_column }})
{%- endmacro %}

{% macro postgres__regexp_like_column(text, pattern_column) -%}
    {{ text }} ~ {{ pattern_column }}
{%- endmacro %}
