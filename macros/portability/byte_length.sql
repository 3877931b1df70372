{#- Bytes of a text, without decoding it. #}
{% macro byte_length(text) -%}
    {{ return(adapter.dispatch('byte_length', 'cdp')(text)) }}
{%- endmacro %}

{% macro default__byte_length(text) -%}
    {{ exceptions.raise_compiler_error('byte_length is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__byte_length(text) -%}
    strlen({{ text }})
{%- endmacro %}

{% macro postgres__byte_length(text) -%}
    octet_length({{ text }})
{%- endmacro %}
