{#-
    Some vendors find people by whatever they were ever given of them (`finds_by` in cdp_transports), so
    a removal has to name all of it: the ledger keeps what was sent there, as it was sent.

    matching_fields: those fields, or only those that find somebody alone.
    matching_transports: the transports of such vendors, as a list of texts for `in`; '' if there are none.
    sent_values: a select of the values in a column of payloads: sync_name, audience_name, member_key,
        field_name, field_place, field_value. members: a CTE.
    lacks_what_was_sent: whether a payload no longer has a value that was sent: SQL expressions. Null
        for a payload of which nothing is kept.
-#}
{% macro matching_fields(alone=false) -%}
    {%- set fields = [] -%}
    {%- for transport in var('cdp_transports').values() -%}
        {%- do fields.extend(transport.get('finds_alone_by' if alone else 'finds_by', [])) -%}
    {%- endfor -%}
    {{ return(fields | unique | list) }}
{%- endmacro %}


{% macro matching_transports() -%}
    {%- set transports = [] -%}
    {%- for transport_code, transport in var('cdp_transports').items() if transport.get('finds_by') -%}
        {%- do transports.append(transport_code) -%}
    {%- endfor -%}
    '{{ transports | join("', '") }}'
{%- endmacro %}


{% macro sent_values(members, column, alone=false) -%}
    {%- for field in cdp.matching_fields(alone) %}
    select
        {{ members }}.sync_name,
        {{ members }}.audience_name,
        {{ members }}.member_key,
        '{{ field }}' as field_name,
        {{ loop.index }} as field_place,
        {{ cdp.json_text(members ~ '.' ~ column, field) }} as field_value
    from {{ members }}
    where {{ cdp.json_text(members ~ '.' ~ column, field) }} is not null
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}


{% macro lacks_what_was_sent(payload, sent) -%}
    (
        {%- for field in cdp.matching_fields() %}
        {{ 'or ' if not loop.first }}{{ cdp.json_text(sent, field) }}
        <> coalesce({{ cdp.json_text(payload, field) }}, '')
        {%- endfor %}
    )
{%- endmacro %}
