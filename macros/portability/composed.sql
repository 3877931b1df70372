{#- A text with letters and their accents as one sign each (Unicode NFC): e and a separate accent, as
    macOS writes it, become é. #}
{% macro composed(text) -%}
    {{ return(adapter.dispatch('composed', 'cdp')(text)) }}
{%- endmacro %}

{% macro default__composed(text) -%}
    {{ exceptions.raise_compiler_error('composed is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__composed(text) -%}
    nfc_normalize({{ text }})
{%- endmacro %}

{% macro postgres__composed(text) -%}
    normalize({{ text }}, nfc)
{%- endmacro %}
