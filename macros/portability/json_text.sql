{#- One field of a JSON object in a text, as a text; null where it is null or missing. field: a name of
    letters, digits and _. #}
{% macro json_text(text, field) -%}
    (cast({{ text }} as json) ->> '{{ field }}')
{%- endmacro %}
