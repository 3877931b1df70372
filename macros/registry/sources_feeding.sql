{#- The sources that feed a canonical shape, by the registry `cdp_feeds`, as a list of literals for
    `in`. For tables that remember rows of sources: a line taken out takes them out as well. #}
{% macro sources_feeding(shape) -%}
    {%- set literals = [] -%}
    {%- for source_name, shapes in var('cdp_feeds').items() if shape in shapes -%}
        {%- do literals.append("'" ~ source_name ~ "'") -%}
    {%- endfor -%}
    ({{ literals | sort | join(', ') or "''" }})
{%- endmacro %}
