{#-
    Under which keys destinations may hold identifiers that passed from one profile to another: a
    select of sync_name, member_key, profile_id, the profile that has the identifier now, and
    is_identifier. The key is the identifier itself where it is the sync's, else the profile that was
    sent with it.

    moved: a CTE with identifier_type, identifier_normalised, former_profile_id and profile_id.
-#}
{% macro moved_keys(moved) -%}
    {%- set selects = [] -%}
    {%- for sync in cdp.sync_registry() -%}
        {%- set key = sync.definition.fields[sync.definition.key] -%}
        {%- set types = [] -%}
        {%- for field in ([key] if 'identifier' in key else sync.definition.fields.values()) -%}
            {%- do types.append(field.identifier) if 'identifier' in field -%}
        {%- endfor -%}
        {%- if types and ('identifier' in key or key.get('attribute') == 'profile_id') -%}
            {%- set column = 'identifier_normalised' if 'identifier' in key else 'former_profile_id' -%}
            {%- set read = {'column': column, 'hash': key.hash, 'as': key.get('as', key.identifier)} -%}
            {%- do selects.append(
                "select\n        '" ~ sync.name ~ "' as sync_name,\n        "
                ~ cdp.sync_payload({'fields': {'key': read}}).key ~ " as member_key,\n"
                ~ "        members.profile_id,\n        " ~ ('identifier' in key)
                ~ " as is_identifier\n    from " ~ moved ~ " as members\n"
                ~ "    where members.identifier_type in ('" ~ types | unique | join("', '") ~ "')"
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not selects -%}
        {%- do selects.append(
            'select\n        cast(null as varchar) as sync_name,\n'
            ~ '        cast(null as varchar) as member_key,\n'
            ~ '        cast(null as varchar) as profile_id,\n'
            ~ '        cast(null as boolean) as is_identifier\n    where 1 = 0'
        ) -%}
    {%- endif -%}
    {{ selects | join('\n    union all\n    ') }}
{%- endmacro %}
