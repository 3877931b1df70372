{#-
    A sync as a declaration that needs no SQL. The call's block is YAML:

        {% call cdp.sync() %}
        description: Readers of the newsletter, at the e-mail platform.
        owner: lifecycle-marketing@example.com
        transport: http_json          # the wire, see var cdp_transports
        segment: newsletter_active    # or `model: <public model>` with one row per profile_id
        mode: mirror                  # mirror, upsert, append
        purpose: marketing            # the consent that a member needs, of consent_purposes
        channel: email                # of consent_channels
        weakest_identity: declared    # login, verified, declared, device, inferred
        key: external_id              # by which the destination finds a member again
        fields:                       # all that is sent, as texts, in this order
          external_id: {attribute: profile_id}
          email: {identifier: email}
        {% endcall %}

    docs/guides/add_a_destination.md has every key. Errors name the file, the place and what is allowed.

    sync_definition: the block as a checked dictionary, defaults filled in; dates are texts.
    sync_config: writes it where sync_catalog finds it, and what dbt's documentation shows.
-#}
{% macro sync() -%}
    {%- set context = cdp.rule_context(model.name | replace('sync_', '', 1), model.original_file_path) -%}
    {%- set definition = cdp.sync_definition(context, fromyaml(caller())) -%}
    {{- cdp.sync_config(definition) -}}
    {{- cdp.sync_members(context, definition) -}}
{%- endmacro %}


{% macro sync_config(definition) -%}
    {{ config(meta={
        'sync': definition,
        'grain': ['audience_name', 'profile_id'],
        'owner': definition.owner,
        'purpose': definition.purpose,
    }) }}
{%- endmacro %}


{% macro sync_definition(context, definition) -%}
    {%- if definition is not mapping -%}
        {%- do cdp.rule_error(context, 'block', 'is no YAML with keys; check its indentation') -%}
    {%- endif -%}
    {%- set definition = cdp.plain_values(definition) -%}
    {%- set needed = [
        'description', 'owner', 'transport', 'mode', 'purpose', 'channel', 'weakest_identity', 'key',
        'fields',
    ] -%}
    {%- set optional = [
        'segment', 'model', 'audience', 'priority', 'cap', 'frequency_cap', 'guards', 'limits',
        'retry_days', 'retired', 'cost', 'message',
    ] -%}
    {%- do cdp.rule_keys(context, definition, 'block', needed + optional) -%}
    {%- for key in needed if definition.get(key) is none -%}
        {%- do cdp.rule_error(context, key, 'is missing', needed) -%}
    {%- endfor -%}
    {%- if ('segment' in definition) == ('model' in definition) -%}
        {%- do cdp.rule_error(context, 'block', 'says who is sent by one of two keys', ['segment', 'model']) -%}
    {%- endif -%}
    {%- set words = {
        'transport': var('cdp_transports').keys() | list,
        'mode': ['mirror', 'upsert', 'append'],
        'weakest_identity': cdp.identity_classes(),
    } -%}
    {%- for key, allowed in words.items() if definition[key] not in allowed -%}
        {%- do cdp.rule_error(context, key, definition[key] ~ ' is none', allowed) -%}
    {%- endfor -%}
    {%- set modes = var('cdp_transports')[definition.transport].get('modes', words.mode) -%}
    {%- if definition.mode not in modes -%}
        {%- do cdp.rule_error(context, 'mode', definition.transport ~ ' cannot keep ' ~ definition.mode, modes) -%}
    {%- endif -%}
    {%- for key in ['purpose', 'channel', 'segment', 'model'] if key in definition -%}
        {%- do cdp.sync_name_of(context, definition[key], key) -%}
    {%- endfor -%}
    {%- do cdp.sync_checked_numbers(context, definition) -%}
    {%- do cdp.sync_checked_fields(context, definition) -%}
    {%- for key in ['retired', 'message'] if definition.get(key, false) is not boolean -%}
        {%- do cdp.rule_error(context, key, 'is true or false') -%}
    {%- endfor -%}
    {%- set key_field = definition.fields[definition.key] -%}
    {%- if definition.message and ('identifier' not in key_field or 'hash' in key_field) -%}
        {%- do cdp.rule_error(
            context, 'message', 'needs an identifier as key, unhashed, by which the message finds its reader'
        ) -%}
    {%- endif -%}
    {{ return(definition) }}
{%- endmacro %}


{#- Stops unless a value can stand in SQL as a name. -#}
{% macro sync_name_of(context, value, path) -%}
    {%- if value is not string or not modules.re.fullmatch('[a-z][a-z0-9_]*', value) -%}
        {%- do cdp.rule_error(context, path, value ~ ' is no name of lower-case letters, digits and _') -%}
    {%- endif -%}
{%- endmacro %}


{#- Stops unless every key of a part of the block is allowed there and a number within its bounds.
    kinds: {key: [lowest, highest]}; needed: keys that must be there. -#}
{% macro sync_numbers(context, part, path, kinds, needed=[], more=[]) -%}
    {%- if part is not mapping -%}
        {%- do cdp.rule_error(context, path, 'has keys', (kinds.keys() | list) + more) -%}
    {%- endif -%}
    {%- do cdp.rule_keys(context, part, path, (kinds.keys() | list) + more) -%}
    {%- for key in needed if part.get(key) is none -%}
        {%- do cdp.rule_error(context, path ~ '.' ~ key, 'is missing') -%}
    {%- endfor -%}
    {%- for key, bounds in kinds.items() if key in part -%}
        {%- if part[key] is not number or part[key] is boolean
            or part[key] < bounds[0] or part[key] > bounds[1] -%}
            {%- do cdp.rule_error(
                context, path ~ '.' ~ key,
                part[key] ~ ' is no number from ' ~ bounds[0] ~ ' to ' ~ bounds[1]
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}


{#- Priority, caps, guards and limits. -#}
{% macro sync_checked_numbers(context, definition) -%}
    {%- set most = var('cdp_transports')[definition.transport] -%}
    {%- set many = 1000000000 -%}
    {%- do cdp.sync_numbers(context, definition.get('limits', {}), 'limits', {
        'batch_rows': [1, most.rows], 'batch_bytes': [1000, most.bytes], 'max_in_flight': [1, 32],
    }) -%}
    {%- do cdp.sync_numbers(context, definition.get('guards', {}), 'guards', {
        'max_remove_share': [0, 1], 'max_add_share': [0, many], 'lowest_count': [0, many],
        'highest_count': [1, many],
    }) -%}
    {%- do cdp.sync_numbers(
        context, {'retry_days': definition.get('retry_days', 1)}, 'block', {'retry_days': [0, 365]}
    ) -%}
    {%- if 'cost' in definition -%}
        {%- do cdp.sync_numbers(
            context, definition.cost, 'cost', {'per_request': [0, many], 'per_member': [0, many]},
            ['currency'], ['currency']
        ) -%}
    {%- endif -%}
    {%- if 'priority' in definition -%}
        {%- do cdp.sync_numbers(
            context, definition.priority, 'priority', {'rank': [1, 1000]}, ['rank', 'among'], ['among']
        ) -%}
        {%- do cdp.sync_name_of(context, definition.priority.among, 'priority.among') -%}
    {%- endif -%}
    {%- if 'cap' in definition -%}
        {%- do cdp.sync_numbers(
            context, definition.cap, 'cap', {'members': [1, many]}, ['members', 'highest'], ['highest']
        ) -%}
        {%- do cdp.sync_attribute(context, definition.cap.highest, 'cap.highest', 'profiles', ['number']) -%}
    {%- endif -%}
    {%- if 'frequency_cap' in definition -%}
        {%- do cdp.sync_numbers(
            context, definition.frequency_cap, 'frequency_cap',
            {'messages': [1, 1000], 'days': [1, 365]}, ['messages', 'days']
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- Where each field comes from. -#}
{% macro sync_checked_fields(context, definition) -%}
    {%- if definition.fields is not mapping or not definition.fields -%}
        {%- do cdp.rule_error(context, 'fields', 'names each field with where it comes from') -%}
    {%- endif -%}
    {%- set sources = ['attribute', 'identifier', 'value'] + (['column'] if 'model' in definition else []) -%}
    {%- for name, field in definition.fields.items() -%}
        {%- set path = 'fields.' ~ name -%}
        {%- if not modules.re.fullmatch('[A-Za-z][A-Za-z0-9_.-]*', name) -%}
            {%- do cdp.rule_error(context, path, 'is no name of a field: letters, digits, _, . and -') -%}
        {%- endif -%}
        {%- if field is not mapping or field.keys() | select('in', sources) | list | length != 1 -%}
            {%- do cdp.rule_error(context, path, 'has one source', sources) -%}
        {%- endif -%}
        {%- do cdp.rule_keys(context, field, path, sources + ['hash', 'as', 'optional']) -%}
        {%- do cdp.sync_checked_source(context, definition, field, path) -%}
        {%- do cdp.sync_checked_hash(context, field, path) -%}
    {%- endfor -%}
    {%- if definition.key not in definition.fields -%}
        {%- do cdp.rule_error(context, 'key', definition.key ~ ' is no field', definition.fields.keys()) -%}
    {%- endif -%}
    {%- if 'value' in definition.fields[definition.key] -%}
        {%- do cdp.rule_error(context, 'key', 'is the same for everybody; take a field that differs') -%}
    {%- endif -%}
    {%- set keys = var('cdp_transports')[definition.transport]['keys'] -%}
    {%- if keys and definition.key not in keys and not definition.retired -%}{#- who is there must get out -#}
        {%- do cdp.rule_error(
            context, 'key', definition.transport ~ ' finds nobody by ' ~ definition.key, keys
        ) -%}
    {%- endif -%}
{%- endmacro %}


{% macro sync_checked_source(context, definition, field, path) -%}
    {%- if 'identifier' in field -%}
        {%- do cdp.sync_name_of(context, field.identifier, path ~ '.identifier') -%}
    {%- elif 'attribute' in field -%}
        {%- do cdp.sync_attribute(context, field.attribute, path ~ '.attribute', 'profiles') -%}
        {%- do cdp.sync_no_identifier(context, field.attribute, path ~ '.attribute', 'profiles') -%}
    {%- elif 'column' in field -%}
        {%- do cdp.sync_attribute(context, field.column, path ~ '.column', definition.model) -%}
        {%- do cdp.sync_no_identifier(context, field.column, path ~ '.column', definition.model) -%}
    {%- endif -%}
    {%- if 'optional' in field and ('identifier' not in field or field.optional is not boolean) -%}
        {%- do cdp.rule_error(context, path ~ '.optional', 'is true or false, and only of an identifier') -%}
    {%- endif -%}
{%- endmacro %}


{#- Stops unless a model has the column, and it is of one of the kinds. Nothing is known of a model
    while parsing. -#}
{% macro sync_attribute(context, column, path, model_name, kinds=none) -%}
    {%- do cdp.sync_name_of(context, column, path) -%}
    {%- set columns = cdp.segment_columns(model_name) -%}
    {%- if columns and column not in columns -%}
        {%- do cdp.rule_error(
            context, path, column ~ ' is no column of ' ~ model_name, columns.keys() | sort
        ) -%}
    {%- elif columns and kinds and columns[column] not in kinds -%}
        {%- do cdp.rule_error(context, path, column ~ ' is a ' ~ columns[column], kinds) -%}
    {%- endif -%}
{%- endmacro %}


{#- Stops if a column holds an identifier of the person: as a plain text it would be sent however weakly
    it is proven, though weakest_identity asks for more, and though it bounces. -#}
{% macro sync_no_identifier(context, column, path, model_name) -%}
    {%- if column in cdp.segment_personal_columns(model_name, ['email', 'phone', 'identifier']) -%}
        {%- do cdp.rule_error(
            context, path, column ~ ' identifies the person; take it as {identifier: <type>},'
            ~ ' so that weakest_identity holds for it'
        ) -%}
    {%- endif -%}
{%- endmacro %}


{#- hash: sha256 of the text as it is, or the name of a destination with rules of its own. -#}
{% macro sync_checked_hash(context, field, path) -%}
    {%- if 'hash' not in field -%}
        {%- if 'as' in field -%}
            {%- do cdp.rule_error(context, path ~ '.as', 'says which rule of a hash holds, and there is no hash') -%}
        {%- endif -%}
    {%- elif field.hash != 'sha256' -%}
        {%- set rules = cdp.hashed_fields() -%}
        {%- if field.hash not in rules -%}
            {%- do cdp.rule_error(
                context, path ~ '.hash', field.hash ~ ' is none', ['sha256'] + (rules.keys() | list)
            ) -%}
        {%- endif -%}
        {%- set kind = field.get('as', field.get('identifier', '')) -%}
        {%- if kind not in rules[field.hash] -%}
            {%- do cdp.rule_error(
                context, path ~ '.as', "'" ~ kind ~ "' has no rule at " ~ field.hash, rules[field.hash]
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
