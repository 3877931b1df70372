{#- Members of every segment in `cdp_segments`: segment_name, profile_id, evidence_json. -#}
{% macro union_segments() %}
    {%- for segment_name in var('cdp_segments') %}
    {{ 'union all' if not loop.first }}
    select
        '{{ segment_name }}' as segment_name,
        profile_id,
        evidence_json
    from {{ ref('seg_' ~ segment_name) }}
    {%- endfor %}
{% endmacro %}
