{#-
    The select of a rule: profile_id and evidence_json of everybody it holds for, which is what a
    seg_ model is. context: see rule_context; rule: its tree.
-#}
{% macro rule_members(context, rule) -%}
    {%- set scope = cdp.rule_scope('profile', cdp.segment_entities().profile, 'profiles') -%}
    {%- set condition = cdp.rule_condition(context, rule, 'rule', scope, 2) -%}
with

profiles as (

    select * from {{ ref('profiles') }}

),

{{ cdp.rule_fact_ctes(context) -}}
final as (

    select
        profiles.profile_id,
        {{ cdp.rule_evidence(context.evidence, context.hidden) }} as evidence_json
    from profiles
    {{- cdp.rule_fact_joins(context) }}
    where
        {{ condition }}

)

select * from final
{%- endmacro %}


{#- The facts of a rule as CTEs, each followed by a comma. -#}
{% macro rule_fact_ctes(context) -%}
    {%- for fact in context.facts -%}
        {%- for name, sql in fact.ctes -%}
            {{ name ~ ' as (\n\n    ' ~ sql | trim ~ '\n\n),\n\n' }}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}


{#- Their joins to profiles. -#}
{% macro rule_fact_joins(context) -%}
    {%- for fact in context.facts %}
    left join {{ fact.name }} on profiles.profile_id = {{ fact.name }}.profile_id
    {%- endfor -%}
{%- endmacro %}


{#- The values that a rule looked at as a JSON object of texts. evidence: {key: SQL expression};
    hidden: keys whose value is not shown. -#}
{% macro rule_evidence(evidence, hidden) -%}
    '{'
    {%- for key, expression in evidence.items() %}
        || '{{ ', ' if not loop.first }}"{{ key }}": ' || {{ cdp.json_string(cdp.rule_shown(expression, key in hidden)) }}
    {%- endfor %}
        || '}'
{%- endmacro %}


{#- A value, or the word known where the value itself is not shown. -#}
{% macro rule_shown(expression, is_hidden) -%}
    {{ return('case when ' ~ expression ~ " is not null then 'known' end" if is_hidden else expression) }}
{%- endmacro %}
