{#- A text as a JSON string literal, escaped; null becomes the word null. #}
{% macro json_string(text) -%}
    coalesce(cast(to_json(cast({{ text }} as varchar)) as varchar), 'null')
{%- endmacro %}
