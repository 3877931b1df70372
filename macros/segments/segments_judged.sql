{#-
    Everybody judged by every rule in one pass over profiles: a select with one row per profile, a column
    in_<segment> per rule, and the values that the rules look at. Segments written in SQL are not in it.
-#}
{% macro segments_judged() -%}
    {%- if not execute -%}
        {%- for name in var('cdp_segments') -%}{%- do ref('seg_' ~ name) -%}{%- endfor -%}
        {%- for model_name in cdp.segment_models() -%}{%- do ref(model_name) -%}{%- endfor -%}
    {%- endif -%}
    {%- set scope = cdp.rule_scope('profile', cdp.segment_entities().profile, 'profiles') -%}
    {%- set rules = [] -%}
    {%- set columns = {} -%}
    {%- for segment in cdp.segment_registry() if segment.rule -%}
        {%- set context = cdp.rule_context(segment.name, segment.file, 'f' ~ loop.index ~ '_') -%}
        {%- set condition = cdp.rule_condition(context, segment.rule, 'rule', scope, 2) -%}
        {%- for key, expression in context.evidence.items() -%}
            {%- set shown = cdp.rule_shown(expression, key in context.hidden) -%}
            {%- do columns.update({cdp.judged_column(expression): shown}) -%}
        {%- endfor -%}
        {%- do rules.append({'name': segment.name, 'condition': condition, 'context': context}) -%}
    {%- endfor -%}
with

profiles as (

    select * from {{ ref('profiles') }}

),

{% for rule in rules -%}
{{ cdp.rule_fact_ctes(rule.context) }}
{%- endfor -%}
final as (

    select
        profiles.profile_id
        {%- for column, expression in columns.items() %},
        {{ expression }}{{ ' as ' ~ column if expression != 'profiles.' ~ column }}
        {%- endfor %}
        {%- for rule in rules %},
        coalesce({{ rule.condition }}, false) as in_{{ rule.name }}
        {%- endfor %}
    from profiles
    {%- for rule in rules -%}
        {{ cdp.rule_fact_joins(rule.context) }}
    {%- endfor %}

)

select * from final
{%- endmacro %}


{#- The column of segments_judged that holds a value which a rule looks at, e.g. profiles.order_count. -#}
{% macro judged_column(expression) -%}
    {{ return(expression | replace('profiles.', '') | replace('.', '_')) }}
{%- endmacro %}


{#-
    Rows of segments_judged as members: segment_name, profile_id, rule_version and evidence_json, a union
    over all segments of `cdp_segments`.

    relation: where the judged rows are. wanted: none for the members; else a relation of segment_name
    and profile_id, for what the rules look at of just those, members or not.
-#}
{% macro segments_unpivoted(relation, wanted=none) -%}
    {%- for name in var('cdp_segments') if not execute -%}{%- do ref('seg_' ~ name) -%}{%- endfor -%}
    {%- set scope = cdp.rule_scope('profile', cdp.segment_entities().profile, 'profiles') -%}
    {%- set selects = [] -%}
    {%- set number = namespace(value=0) -%}
    {%- for segment in cdp.segment_registry() if segment.rule or wanted is none -%}
        {%- set rows -%}
    select
        cast('{{ segment.name }}' as varchar) as segment_name,
        {%- if segment.rule %}
        {%- set number.value = number.value + 1 -%}
        {%- set context = cdp.rule_context(segment.name, segment.file, 'f' ~ number.value ~ '_', false) -%}
        {%- do cdp.rule_condition(context, segment.rule, 'rule', scope) -%}
        {%- set evidence = {} -%}
        {%- for key, expression in context.evidence.items() -%}
            {%- do evidence.update({key: 'judged.' ~ cdp.judged_column(expression)}) -%}
        {%- endfor %}
        judged.profile_id,
        cast('{{ segment.version }}' as varchar) as rule_version,
        {{ cdp.rule_evidence(evidence, []) }} as evidence_json
    from {{ relation }} as judged
        {%- if wanted %}
    inner join {{ wanted }} as wanted
        on
            judged.profile_id = wanted.profile_id
            and wanted.segment_name = '{{ segment.name }}'
        {%- else %}
    where judged.in_{{ segment.name }}
        {%- endif %}
        {%- else %}
        profile_id,
        cast('{{ segment.version }}' as varchar) as rule_version,
        evidence_json
    from {{ ref('seg_' ~ segment.name) }}
        {%- endif %}
        {%- endset -%}
        {%- do selects.append(rows | trim) -%}
    {%- endfor -%}
    {%- if selects -%}
        {{ selects | join('\n\n    union all\n\n    ') }}
    {%- else -%}
    select
        cast(null as varchar) as segment_name,
        cast(null as varchar) as profile_id,
        cast(null as varchar) as rule_version,
        cast(null as varchar) as evidence_json
    where 1 = 0
    {%- endif -%}
{%- endmacro %}
