{#-
    Tells dbt's cache of the warehouse which tables the sources hold, before the first model runs.
    Returns nothing.

    dbt lists the schema of a source when a model first asks for a table in it, and writes the tables
    into its cache one at a time; the schema counts as known from the first of them. A thread that
    asks meanwhile is told that a landed table is not there, and reads it as empty: people, and what
    they refused, would be gone from that build. Here there is one thread only.
-#}
{% macro know_sources() %}
    {%- set known = [] -%}
    {%- if execute -%}
        {%- for node in graph.sources.values() if [node.database, node.schema] not in known -%}
            {%- do known.append([node.database, node.schema]) -%}
            {%- do adapter.get_relation(node.database, node.schema, node.identifier) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
