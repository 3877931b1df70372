{#-
    A table that Python books in (the sync engine's ledger, the registry of models) with the columns
    its YAML declares; empty while Python has not created it, so that everything builds before the
    first sync and the first training. A column that the table lacks, being of an earlier version, is
    null until the next run of a sync or training adds it.
    source_name: the dbt source.
-#}
{% macro ledger_table(table_name, source_name='activation_ledger') %}
    {%- set relation = source(source_name, table_name) -%}
    {%- set existing = load_relation(relation) if execute else none -%}
    {%- set found = adapter.get_columns_in_relation(existing) | map(attribute='name') | list
        if existing else [] -%}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() -%}
            {%- if node.source_name == source_name and node.name == table_name -%}
                {%- do columns.extend(node.columns.values()) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    select
        {%- for column in columns %}
        {% if column.name in found -%}
            {{ column.name }}
        {%- else -%}
            cast(null as {{ column.data_type }}) as {{ column.name }}
        {%- endif -%}
        {{ ',' if not loop.last }}
        {%- else %}
        1 as not_executed
        {%- endfor %}
    {%- if existing %}
    from {{ existing }}
    {%- else %}
    where 1 = 0
    {%- endif %}
{% endmacro %}
