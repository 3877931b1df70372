{#- Every segment of `cdp_segments` with what its file says of it: a select, empty for an empty registry. -#}
{% macro segments_listed() -%}
    {%- for name in var('cdp_segments') if not execute -%}{%- do ref('seg_' ~ name) -%}{%- endfor -%}
    {%- set selects = [] -%}
    {%- for segment in cdp.segment_registry() -%}
        {%- set definition = segment.definition -%}
        {%- set texts = {
            'segment_name': segment.name,
            'description': definition.description,
            'owner_email': definition.owner,
            'purpose_code': definition.purpose,
            'kind_code': 'rule' if segment.rule else 'sql',
            'rule_version': segment.version,
            'rule_json': tojson(segment.rule) if segment.rule else none,
            'file_path': segment.file | replace('\\', '/'),
        } -%}
        {%- set row -%}
    select
        {%- for column, text in texts.items() %}
        cast({{ 'null' if text is none else "'" ~ text | replace("'", "''") ~ "'" }} as varchar) as {{ column }},
        {%- endfor %}
        cast({{ definition.expected_share[0] }} as numeric(18, 2)) as lowest_share,
        cast({{ definition.expected_share[1] }} as numeric(18, 2)) as highest_share,
        cast({{ definition.get('sudden_change_share', var('segment_sudden_change_share')) }} as numeric(18, 2))
            as sudden_change_share
        {%- endset -%}
        {%- do selects.append(row | trim) -%}
    {%- endfor -%}
    {%- if selects -%}
        {{ selects | join('\n\n    union all\n\n    ') }}
    {%- else -%}
    select
        {%- for column in [
            'segment_name', 'description', 'owner_email', 'purpose_code', 'kind_code', 'rule_version',
            'rule_json', 'file_path',
        ] %}
        cast(null as varchar) as {{ column }},
        {%- endfor %}
        {%- for column in ['lowest_share', 'highest_share', 'sudden_change_share'] %}
        cast(null as numeric(18, 2)) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- endif -%}
{%- endmacro %}
