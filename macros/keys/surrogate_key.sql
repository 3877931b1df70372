{#- md5 over the parts, each cast to text. A null part and an empty one differ, and no part can run
    into the next: the parts are joined by a unit separator and null has its own token.
    fields: list of SQL expressions. Returns: varchar(32), lower hex. #}
{% macro surrogate_key(fields) -%}
    {%- set parts = [] -%}
    {%- for field in fields -%}
        {%- do parts.append("coalesce(cast(" ~ field ~ " as varchar), '_null_')") -%}
    {%- endfor -%}
    md5({{ parts | join(" || '|~|' || ") }})
{%- endmacro %}
