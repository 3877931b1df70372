{#- The web domain of an address as sales write it: without scheme, www. and path, lower case; null when
    nothing with a dot is left. -#}
{% macro domain_name(website) -%}
    {%- set bare -%}
    regexp_replace(
        regexp_replace(lower(trim({{ website }})), '^(https?://)?(www[.])?', ''), '[/?#:].*$', ''
    )
    {%- endset -%}
    case when {{ bare }} like '%.%' then {{ bare }} end
{%- endmacro %}
