{#-
    One value of a JSON text, as text; null when it is absent, null or empty. Of several objects, the
    first that has it.

    text: expression of type varchar; field: its name. For ids, codes and numbers: a value with a
    comma, a brace or a quote in it is cut there. Engines disagree about JSON functions, not about
    texts.
-#}
{% macro json_field(text, field) -%}
    {%- set spaceless = "replace(" ~ text ~ ", '\": ', '\":')" -%}
    {%- set onwards = "split_part(" ~ spaceless ~ ", '\"" ~ field ~ "\":', 2)" -%}
    nullif(nullif(replace(
        split_part(split_part({{ onwards }}, ',', 1), '}', 1), '"', ''
    ), ''), 'null')
{%- endmacro %}
