{#- Every sync of `cdp_syncs` with what its file says of it: a select, empty for an empty registry. -#}
{% macro syncs_listed() -%}
    {%- for name in var('cdp_syncs') if not execute -%}{%- do ref('sync_' ~ name) -%}{%- endfor -%}
    {%- set selects = [] -%}
    {%- for sync in cdp.sync_registry() -%}
        {%- set said = sync.definition -%}
        {%- set limits = cdp.sync_limits(said) -%}
        {%- set guards = said.get('guards', {}) -%}
        {%- set row = {
            'sync_name': sync.name,
            'destination_code': sync.name.split('__')[0],
            'object_name': sync.name.split('__')[1],
            'audience_name': cdp.sync_audience(sync.name, said),
            'segment_name': said.get('segment'),
            'model_name': said.get('model'),
            'transport_code': said.transport,
            'mode_code': said.mode,
            'purpose_code': said.purpose,
            'channel_code': said.channel,
            'weakest_class_code': said.weakest_identity,
            'priority_group': said.get('priority', {}).get('among'),
            'priority_rank': said.get('priority', {}).get('rank'),
            'cap_members': said.get('cap', {}).get('members'),
            'frequency_cap_messages': said.get('frequency_cap', {}).get('messages'),
            'frequency_cap_days': said.get('frequency_cap', {}).get('days'),
            'batch_rows': limits.batch_rows,
            'batch_bytes': limits.batch_bytes,
            'max_in_flight': limits.max_in_flight,
            'max_remove_share': guards.get('max_remove_share', 0.3),
            'max_add_share': guards.get('max_add_share'),
            'lowest_count': guards.get('lowest_count'),
            'highest_count': guards.get('highest_count'),
            'retry_days': said.get('retry_days', 1),
            'is_retired': said.get('retired', false),
            'is_message': said.get('message', false),
            'key_identifier_type': said.fields[said.key].get('identifier'),
            'request_cost': said.get('cost', {}).get('per_request'),
            'member_cost': said.get('cost', {}).get('per_member'),
            'cost_currency_code': said.get('cost', {}).get('currency'),
            'owner_email': said.owner,
            'description': said.description,
            'fields_json': tojson(said.fields),
            'declaration_version': sync.version,
            'file_path': sync.file,
        } -%}
        {%- do selects.append(cdp.sync_row(row)) -%}
    {%- endfor -%}
    {%- if not selects -%}
        {%- set row = {} -%}
        {%- for column in cdp.sync_row_types() -%}{%- do row.update({column: none}) -%}{%- endfor -%}
        {%- do selects.append(cdp.sync_row(row) ~ '\n    where 1 = 0') -%}
    {%- endif -%}
    {{ selects | join('\n    union all\n    ') }}
{%- endmacro %}


{#- {column: type} of syncs_listed, in its order. -#}
{% macro sync_row_types() -%}
    {%- set types = {} -%}
    {%- for column in [
        'sync_name', 'destination_code', 'object_name', 'audience_name', 'segment_name', 'model_name',
        'transport_code', 'mode_code', 'purpose_code', 'channel_code', 'weakest_class_code',
        'priority_group', 'owner_email', 'description', 'fields_json', 'declaration_version', 'file_path',
        'key_identifier_type', 'cost_currency_code',
    ] -%}{%- do types.update({column: 'varchar'}) -%}{%- endfor -%}
    {%- do types.update({'is_retired': 'boolean', 'is_message': 'boolean'}) -%}
    {%- for column in [
        'priority_rank', 'cap_members', 'frequency_cap_messages', 'frequency_cap_days', 'batch_rows',
        'batch_bytes', 'max_in_flight', 'lowest_count', 'highest_count', 'retry_days',
    ] -%}{%- do types.update({column: 'integer'}) -%}{%- endfor -%}
    {%- do types.update({'max_remove_share': 'numeric(18, 2)', 'max_add_share': 'numeric(18, 2)'}) -%}
    {%- do types.update({'request_cost': 'numeric(18, 6)', 'member_cost': 'numeric(18, 6)'}) -%}
    {{ return(types) }}
{%- endmacro %}


{#- One sync as a select of literals. -#}
{% macro sync_row(row) -%}
    {%- set parts = [] -%}
    {%- for column, type in cdp.sync_row_types().items() -%}
        {%- set value = row[column] -%}
        {%- if value is none -%}
            {%- set literal = 'null' -%}
        {%- elif value is string -%}
            {%- set literal = "'" ~ value | replace("'", "''") ~ "'" -%}
        {%- else -%}
            {%- set literal = value | string | lower -%}
        {%- endif -%}
        {%- do parts.append('cast(' ~ literal ~ ' as ' ~ type ~ ') as ' ~ column) -%}
    {%- endfor -%}
    {{ return('select\n        ' ~ parts | join(',\n        ')) }}
{%- endmacro %}
