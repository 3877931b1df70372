{#-
    The union of every map_ model that feeds a canonical shape, by the registry `cdp_feeds`. The
    columns are those of the calling model's contract, so a map's column order never matters; a shape
    that nobody feeds is an empty table of the same columns. Each column is cast to its type in the
    contract, since PostgreSQL reads nothing but what is asked for from a union only where the types of
    its members are the same to the letter, text and varchar apart.

    shape: e.g. 'orders'. derived: contract columns that the calling model adds itself.
-#}
{% macro union_feeds(shape, derived=[]) %}
    {%- set feeders = [] -%}
    {%- for source_name, shapes in var('cdp_feeds').items() -%}
        {%- if shape in shapes -%}
            {%- do feeders.append(source_name) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set columns = model.columns.values() | rejectattr('name', 'in', derived) | list if execute else [] -%}
    {%- if not feeders -%}
    select
        {%- for column in columns %}
        cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- endif -%}
    {%- for source_name in feeders | sort %}
    {{ 'union all' if not loop.first }}
    select
        {%- for column in columns %}
        cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('map_' ~ source_name ~ '__' ~ shape) }}
    {%- endfor -%}
{% endmacro %}
