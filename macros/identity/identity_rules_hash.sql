{#-
    A select of one row, rules_hash: of all rows of the seeds by which identifiers are judged and linked.
    Another hash than that of the last run means that every identifier has to be judged again.
-#}
{% macro identity_rules_hash() -%}
    {%- set seeds = {
        'identifier_rules': ['identifier_type', 'class_code', 'priority', 'hashed_type'],
        'identifier_limits': ['identifier_type', 'counted_type', 'max_count'],
        'identifier_blocklist': ['identifier_type', 'value_pattern', 'reason'],
    } -%}
    select md5(string_agg(rule_key, '|' order by rule_key)) as rules_hash
    from (
        {%- for seed, columns in seeds.items() %}
        select {{ cdp.surrogate_key(["'" ~ seed ~ "'"] + columns) }} as rule_key
        from {{ ref(seed) }}
        {% if not loop.last %}union all{% endif %}
        {%- endfor %}
    ) as rule_keys
{%- endmacro %}
