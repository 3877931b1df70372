{#- The landed tables that deliver a row more than once (config.meta.stream in the sources' YAML), of
    the sources in `cdp_feeds`: a list of [source name, table name], ordered. Empty while parsing. -#}
{% macro streamed_tables() %}
    {%- set tables = [] -%}
    {%- for node in (graph.sources.values() if execute else []) -%}
        {%- if node.source_name in var('cdp_feeds') and node.config.meta.get('stream') -%}
            {%- do tables.append([node.source_name, node.name]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(tables | sort) -%}
{% endmacro %}


{#- Whether a row with source_name and source_table comes from one of them: a condition. -#}
{% macro is_streamed() -%}
    {%- for source_name, source_table in cdp.streamed_tables() %}
    {{- ' or ' if not loop.first -}}
    (source_name = '{{ source_name }}' and source_table = '{{ source_table }}')
    {%- else -%}
    1 = 0
    {%- endfor -%}
{%- endmacro %}
