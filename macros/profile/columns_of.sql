{#-
    Columns of a relation in a select list, each followed by a comma.
    relation: its name; columns: list of names; missing: what stands for null, none for null itself.
-#}
{% macro columns_of(relation, columns, missing=none) -%}
{%- for column in columns %}
        {% if missing is none %}{{ relation }}.{{ column }},
        {%- else %}coalesce({{ relation }}.{{ column }}, {{ missing }}) as {{ column }},
        {%- endif %}
{%- endfor %}
{%- endmacro %}
