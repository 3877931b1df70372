{#-
    A segment as a rule that needs no SQL. The call's block is YAML:

        {% call cdp.segment() %}
        description: Who they are.
        owner: lifecycle-marketing@example.com
        purpose: marketing            # marketing, advertising, personalisation, analytics or service
        expected_share: [0.0, 0.3]    # of all profiles; the catalogue says when it is left
        sudden_change_share: 0.5      # optional, see var segment_sudden_change_share
        rule:
          all:
            - {attribute: order_count, at_least: 1}
            - not: {attribute: open_ticket_count, at_least: 1}
        {% endcall %}

    Returns a select of profile_id and evidence_json; docs/guides/add_a_segment.md has every condition.
    Errors name the file, the place in the tree (the first of a list is 1) and what is allowed.
-#}
{% macro segment() -%}
    {%- set context = cdp.rule_context(model.name | replace('seg_', '', 1), model.original_file_path) -%}
    {%- set definition = cdp.segment_definition(context, fromyaml(caller()), ['rule']) -%}
    {{- cdp.segment_config(definition) -}}
    {{- cdp.rule_members(context, definition.rule) -}}
{%- endmacro %}


{#- The same facts for a segment written in SQL, which follows and selects profile_id and evidence_json. -#}
{% macro segment_in_sql(description, owner, purpose, expected_share, sudden_change_share=none) -%}
    {%- set context = cdp.rule_context(model.name | replace('seg_', '', 1), model.original_file_path) -%}
    {%- set definition = {
        'description': description,
        'owner': owner,
        'purpose': purpose,
        'expected_share': expected_share,
    } -%}
    {%- if sudden_change_share is not none -%}
        {%- do definition.update({'sudden_change_share': sudden_change_share}) -%}
    {%- endif -%}
    {{- cdp.segment_config(cdp.segment_definition(context, definition, [])) -}}
{%- endmacro %}


{#- Writes a definition where the catalogue and int_segments__judged find it. -#}
{% macro segment_config(definition) -%}
    {{ config(meta={
        'segment': definition,
        'grain': ['profile_id'],
        'owner': definition.owner,
        'purpose': definition.purpose,
    }) }}
{%- endmacro %}


{#- What is said of a segment as a dictionary of texts, numbers, truths and lists, checked but for its
    rule. more: keys that it needs beside the usual ones. -#}
{% macro segment_definition(context, definition, more) -%}
    {%- if definition is not mapping -%}
        {%- do cdp.rule_error(
            context, 'block',
            'is no YAML with keys: wrong indentation, a tab, a text with a colon but no quotes, or a day that'
            ~ ' no calendar has; ./run preview names the line',
        ) -%}
    {%- endif -%}
    {%- set definition = cdp.plain_values(definition) -%}
    {%- set needed = ['description', 'owner', 'purpose', 'expected_share'] + more -%}
    {%- set purposes = ['marketing', 'advertising', 'personalisation', 'analytics', 'service'] -%}
    {%- do cdp.rule_keys(context, definition, 'block', needed + ['sudden_change_share']) -%}
    {%- for key in needed if definition.get(key) is none -%}
        {%- do cdp.rule_error(context, key, 'is missing', needed) -%}
    {%- endfor -%}
    {%- if definition.purpose not in purposes -%}
        {%- do cdp.rule_error(context, 'purpose', definition.purpose ~ ' is none', purposes, definition.purpose) -%}
    {%- endif -%}
    {%- set band = definition.expected_share -%}
    {%- if band is string or band is not sequence or band | length != 2
        or band | reject('number') | list or band[0] > band[1] -%}
        {%- do cdp.rule_error(context, 'expected_share', 'is two numbers from 0 to 1, e.g. [0.0, 0.3]') -%}
    {%- endif -%}
    {%- if definition.get('sudden_change_share', 0) is not number -%}
        {%- do cdp.rule_error(context, 'sudden_change_share', 'is a number, e.g. 0.5') -%}
    {%- endif -%}
    {{ return(definition) }}
{%- endmacro %}


{#- A value read from YAML with its dates as texts, so that dbt can write it into its manifest. -#}
{% macro plain_values(value) -%}
    {%- if value is mapping -%}
        {%- set plain = {} -%}
        {%- for key, part in value.items() -%}
            {%- do plain.update({key | string: cdp.plain_values(part)}) -%}
        {%- endfor -%}
        {{ return(plain) }}
    {%- elif value is none or value is string or value is number or value is boolean -%}
        {{ return(value) }}
    {%- elif value is sequence -%}
        {%- set plain = [] -%}
        {%- for part in value -%}
            {%- do plain.append(cdp.plain_values(part)) -%}
        {%- endfor -%}
        {{ return(plain) }}
    {%- endif -%}
    {{ return(value | string) }}
{%- endmacro %}
