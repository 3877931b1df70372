{#-
    What a sync_ model returns: the members an audience should have, each with its payload as sent.

    relation: a CTE with one row per member: profile_id, evidence_json and the columns named below.
    audience_name: the audience at the destination.
    key_field: the payload field by which the destination knows a member; removals carry it alone.
    identity_class: column with the class of the weakest identifier in the payload, null when the
        person lacks one. It is compared with weakest_class_code in seeds/rules/destinations.csv.
    payload: {field at the destination: SQL expression}. Only these fields are sent, in this order,
        as texts; a change in any of them is an update, a change in anything else is not.
    segment_name: the segment that the audience is, if it is one: when its size jumps the sync waits.
-#}
{% macro sync_members(
    relation, audience_name, key_field, identity_class, payload, segment_name=none
) %}
    {%- if key_field not in payload -%}
        {{ exceptions.raise_compiler_error(
            model.name ~ ': key_field ' ~ key_field ~ ' is not a field of the payload.'
        ) }}
    {%- endif %}
    select
        '{{ audience_name }}' as audience_name,
        cast({{ "'" ~ segment_name ~ "'" if segment_name else 'null' }} as varchar) as segment_name,
        {{ relation }}.profile_id,
        '{{ key_field }}' as key_field,
        cast({{ payload[key_field] }} as varchar) as member_key,
        {{ relation }}.{{ identity_class }} as identity_class_code,
        {{ relation }}.evidence_json,
        '{'
        {%- for field, expression in payload.items() %}
        || '{{ ', ' if not loop.first }}"{{ field }}": ' || {{ cdp.json_string(expression) }}
        {%- endfor %}
        || '}' as payload_json
    from {{ relation }}
{% endmacro %}
