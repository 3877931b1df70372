{#-
    The select of a sync: the members that an audience should have, each with its payload as sent.
    Consent, suppression, caps and priority are not applied here; the plan does that.

    context: see rule_context; definition: see sync_definition.
    Columns: audience_name, segment_name, profile_id, key_field, member_key, identity_class_code (of the
    weakest identifier in the payload; null when one is missing), rank_value (for the cap),
    evidence_json, payload_json.
-#}
{% macro sync_members(context, definition) -%}
    {%- set points = [] -%}
    {%- for field in definition.fields.values() if 'identifier' in field -%}
        {%- do points.append(field.identifier) -%}
    {%- endfor -%}
    {%- set points = points | unique | list -%}
    {%- set uses_profiles = 'cap' in definition
        or definition.fields.values() | selectattr('attribute', 'defined') | rejectattr(
            'attribute', 'eq', 'profile_id'
        ) | list -%}
    {%- set payload = cdp.sync_payload(definition) -%}
with

members as (

    {{ cdp.sync_members_wanted(definition) }}

),
{% if uses_profiles %}
profiles as (

    select * from {{ ref('profiles') }}

),
{% endif %}
contact_points as (

    select * from {{ ref('int_activation__contact_points_chosen') }}

),
{% if not points %}
-- nothing in the payload names the person; what we know them by decides
strongest as (

    select
        profile_id,
        min({{ cdp.identity_class_rank('class_code') }}) as class_rank
    from contact_points
    group by profile_id

),
{% endif %}
final as (

    select
        cast('{{ cdp.sync_audience(context.name, definition) | replace("'", "''") }}' as varchar) as audience_name,
        cast({{ "'" ~ definition.segment ~ "'" if definition.segment else 'null' }} as varchar) as segment_name,
        members.profile_id,
        cast('{{ definition.key }}' as varchar) as key_field,
        cast({{ payload[definition.key] }} as varchar) as member_key,
        {{ cdp.identity_class_of_rank(cdp.sync_class_rank(definition, points)) }} as identity_class_code,
        cast({{ 'profiles.' ~ definition.cap.highest if 'cap' in definition else 'null' }} as double precision)
            as rank_value,
        members.evidence_json,
        '{'
        {%- for field, expression in payload.items() %}
        || '{{ ', ' if not loop.first }}"{{ field }}": ' || {{ cdp.json_string(expression) }}
        {%- endfor %}
        || '}' as payload_json
    from members
    {%- if uses_profiles %}
    inner join profiles on members.profile_id = profiles.profile_id
    {%- endif %}
    {%- for type in points %}
    left join contact_points as point_{{ type }}
        on
            members.profile_id = point_{{ type }}.profile_id
            and point_{{ type }}.identifier_type = '{{ type }}'
    {%- else %}
    left join strongest on members.profile_id = strongest.profile_id
    {%- endfor %}

)

select * from final
{%- endmacro %}


{#- Who is wanted: profile_id, evidence_json and, of a model, the columns that fields read. Nobody, once
    the sync is retired. -#}
{% macro sync_members_wanted(definition) -%}
    {%- set conditions = [] -%}
    {%- set columns = ['profile_id'] -%}
    {%- if definition.segment -%}
        {%- do columns.append('evidence_json') -%}
        {%- do conditions.append("segment_name = '" ~ definition.segment ~ "'") -%}
    {%- else -%}
        {%- do columns.append('cast(null as varchar) as evidence_json') -%}
        {%- for field in definition.fields.values() if 'column' in field -%}
            {%- do columns.append(field.column) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if definition.retired -%}
        {%- do conditions.append('1 = 0') -%}
    {%- endif -%}
    select
        {{ columns | unique | join(',\n        ') }}
    from {{ ref('segment_members' if definition.segment else definition.model) }}
    {%- if conditions %}
    where {{ conditions | join(' and ') }}
    {%- endif %}
{%- endmacro %}


{#- {field: SQL expression}, in the order of the file. An identifier that may be missing is sent only on
    evidence as strong as the sync asks for. -#}
{% macro sync_payload(definition) -%}
    {%- set payload = {} -%}
    {%- for name, field in definition.fields.items() -%}
        {%- if 'identifier' in field -%}
            {%- set alias = 'point_' ~ field.identifier -%}
            {%- set text = alias ~ '.identifier_normalised' -%}
            {%- if field.optional -%}
                {%- set text = 'case when ' ~ cdp.sync_class_accepted(definition, alias) ~ ' then ' ~ text ~ ' end' -%}
            {%- endif -%}
        {%- elif 'value' in field -%}
            {%- set text = "'" ~ field.value | string | replace("'", "''") ~ "'" -%}
        {%- elif 'column' in field or field.attribute == 'profile_id' -%}
            {%- set text = 'members.' ~ field.get('column', 'profile_id') -%}
        {%- else -%}
            {%- set text = 'profiles.' ~ field.attribute -%}
        {%- endif -%}
        {%- if field.hash == 'sha256' -%}
            {%- set text = cdp.sha256_hex('cast(' ~ text ~ ' as varchar)') -%}
        {%- elif field.hash -%}
            {%- set text = cdp.hashed_for(
                field.hash, field.get('as', field.get('identifier')), 'cast(' ~ text ~ ' as varchar)'
            ) -%}
        {%- endif -%}
        {%- do payload.update({name: text}) -%}
    {%- endfor -%}
    {{ return(payload) }}
{%- endmacro %}


{#- Strength of the weakest identifier that is sent, as a number; null if one is missing that must be
    there, or all are. -#}
{% macro sync_class_rank(definition, points) -%}
    {%- if not points -%}
        {{ return('strongest.class_rank') }}
    {%- endif -%}
    {%- set missing = [] -%}
    {%- set ranks = [] -%}
    {%- for type in points -%}
        {%- set alias = 'point_' ~ type -%}
        {%- set rank = cdp.identity_class_rank(alias ~ '.class_code') -%}
        {%- set uses = definition.fields.values() | selectattr('identifier', 'defined')
            | selectattr('identifier', 'eq', type) | list -%}
        {%- if uses | rejectattr('optional', 'eq', true) | list -%}
            {%- do missing.append(alias ~ '.class_code is null') -%}
            {%- do ranks.append(rank) -%}
        {%- else -%}
            {%- do ranks.append('case when ' ~ cdp.sync_class_accepted(definition, alias) ~ ' then ' ~ rank ~ ' end') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set weakest = 'greatest(' ~ ranks | join(', ') ~ ')' if ranks | length > 1 else ranks[0] -%}
    {{ return('case when ' ~ missing | join(' or ') ~ ' then null else ' ~ weakest ~ ' end' if missing else weakest) }}
{%- endmacro %}


{#- Whether a contact point is as well proven as the sync asks for. -#}
{% macro sync_class_accepted(definition, alias) -%}
    {%- set classes = cdp.identity_classes() -%}
    {%- set accepted = classes[:classes.index(definition.weakest_identity) + 1] -%}
    {{ return(alias ~ ".class_code in ('" ~ accepted | join("', '") ~ "')") }}
{%- endmacro %}


{#- The audience's name at the destination: as the file says, else the object's name. -#}
{% macro sync_audience(sync_name, definition) -%}
    {{ return(definition.get('audience', sync_name.split('__')[1]) | string) }}
{%- endmacro %}
