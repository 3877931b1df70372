{#-
    Every sync of `cdp_syncs`, in its order: {name, file, definition, version}. The version changes when
    its declaration or a rule of normalisation that it uses changes.
    Raises a compiler error for a file that declares no sync. Empty while parsing.
-#}
{% macro sync_registry() -%}
    {%- set found = {} -%}
    {%- for node in graph.get('nodes', {}).values() -%}
        {%- if node.resource_type == 'model' and node.name.startswith('sync_') -%}
            {%- do found.update({node.name[5:]: node}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set syncs = [] -%}
    {%- for name in var('cdp_syncs') | sort if name in found -%}
        {%- set node = found[name] -%}
        {%- set definition = node.config.meta.get('sync') -%}
        {%- if not definition -%}
            {%- do exceptions.raise_compiler_error(
                node.original_file_path ~ ": begins not with '{% call cdp.sync() %}'."
            ) -%}
        {%- endif -%}
        {%- set words = [tojson(definition, sort_keys=true)] -%}
        {%- for field in definition.fields.values() if 'hash' in field -%}
            {%- do words.append(cdp.normaliser_version(field.hash)) -%}
        {%- endfor -%}
        {%- do syncs.append({
            'name': name,
            'file': node.original_file_path | replace('\\', '/'),
            'definition': definition,
            'version': local_md5(words | join(' '))[:12],
        }) -%}
    {%- endfor -%}
    {{ return(syncs) }}
{%- endmacro %}
