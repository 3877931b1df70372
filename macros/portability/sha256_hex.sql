{#- SHA-256 of a text's UTF-8 bytes, lower-case hex. Null stays null. #}
{% macro sha256_hex(text) -%}
    {{ return(adapter.dispatch('sha256_hex', 'cdp')(text)) }}
{%- endmacro %}

{% macro default__sha256_hex(text) -%}
    {{ exceptions.raise_compiler_error('sha256_hex is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__sha256_hex(text) -%}
    sha256({{ text }})
{%- endmacro %}

{% macro postgres__sha256_hex(text) -%}
    encode(sha256(convert_to({{ text }}, 'UTF8')), 'hex')
{%- endmacro %}
