{#- The union of every sync_ model in the registry `cdp_syncs`, with its name; an empty registry is
    an empty table of the same columns. -#}
{% macro union_syncs() %}
    {%- set columns = [
        'audience_name', 'segment_name', 'profile_id', 'key_field', 'member_key', 'identity_class_code',
        'rank_value', 'evidence_json', 'payload_json',
    ] -%}
    {%- for sync_name in var('cdp_syncs') | sort %}
    {{ 'union all' if not loop.first }}
    select
        '{{ sync_name }}' as sync_name,
        {{ columns | join(',\n        ') }}
    from {{ ref('sync_' ~ sync_name) }}
    {%- else %}
    select
        cast(null as varchar) as sync_name
        {%- for column in columns %},
        cast(null as {{ 'double precision' if column == 'rank_value' else 'varchar' }}) as {{ column }}
        {%- endfor %}
    where 1 = 0
    {%- endfor %}
{% endmacro %}
