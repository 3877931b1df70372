{#-
    A table of the sync engine's ledger with the columns its YAML declares; empty while the engine
    has not created it, so that everything builds before the first sync.
-#}
{% macro ledger_table(table_name) %}
    {%- set relation = source('activation_ledger', table_name) -%}
    {%- set existing = load_relation(relation) if execute else none -%}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() -%}
            {%- if node.source_name == 'activation_ledger' and node.name == table_name -%}
                {%- do columns.extend(node.columns.values()) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    select
        {%- for column in columns %}
        {% if existing -%}
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
