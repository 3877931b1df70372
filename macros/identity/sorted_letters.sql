{#-
    The letters a to z and digits of a text in alphabetical order: two texts with the same are the same
    but for swapped letters or words. text: expression, as person_name gives it.
-#}
{% macro sorted_letters(text) -%}
    {%- for letter in 'abcdefghijklmnopqrstuvwxyz0123456789' -%}
        {{ ' || ' if not loop.first }}repeat('{{ letter }}', cast(length({{ text }}) - length(replace({{ text }}, '{{ letter }}', '')) as integer))
    {%- endfor -%}
{%- endmacro %}
