{#-
    Columns of a model by its contract, {name: kind}, where the kind is text, number, truth or time.
    Empty where dbt does not know the project (while parsing and in unit tests): nothing is checked then.
-#}
{% macro segment_columns(model_name) -%}
    {%- set kinds = {
        'varchar': 'text', 'integer': 'number', 'bigint': 'number', 'numeric(18,2)': 'number', 'numeric(18,6)': 'number',
        'double precision': 'number', 'boolean': 'truth', 'date': 'time', 'timestamp': 'time',
    } -%}
    {%- set columns = {} -%}
    {%- for node in graph.get('nodes', {}).values() if node.name == model_name -%}
        {%- if node.resource_type == 'model' -%}
            {%- for column in node.columns.values() -%}
                {%- do columns.update({column.name: kinds[column.data_type]}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#- Columns of a model that its contract calls personal, of some kinds of `meta.pii` or of all. -#}
{% macro segment_personal_columns(model_name, kinds=none) -%}
    {%- set columns = [] -%}
    {%- for node in graph.get('nodes', {}).values() if node.name == model_name -%}
        {%- for column in node.columns.values() if column.config.meta.get('pii') -%}
            {%- do columns.append(column.name) if not kinds or column.config.meta.pii in kinds -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}


{#-
    Every segment of `cdp_segments`, in its order: {name, file, definition, rule, version}. The rule is
    none for one written in SQL. The version changes when the rule or that of a segment in it changes.
-#}
{% macro segment_registry() -%}
    {%- set found = {} -%}
    {%- for node in graph.get('nodes', {}).values() -%}
        {%- if node.resource_type == 'model' and node.name.startswith('seg_') -%}
            {%- do found.update({node.name[4:]: node}) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set segments = [] -%}
    {%- for name in var('cdp_segments') if name in found -%}
        {%- set node = found[name] -%}
        {%- if 'segment' not in node.config.meta -%}
            {%- do exceptions.raise_compiler_error(
                node.original_file_path ~ ': begins neither with cdp.segment nor with cdp.segment_in_sql.'
            ) -%}
        {%- endif -%}
        {%- set words = [] -%}
        {%- for uses in cdp.segments_used(found, name, []) | sort -%}
            {%- set rule = found[uses].config.meta.get('segment', {}).get('rule') -%}
            {%- do words.append(tojson(rule, sort_keys=true) if rule else found[uses].checksum.checksum) -%}
        {%- endfor -%}
        {%- do segments.append({
            'name': name,
            'file': node.original_file_path,
            'definition': node.config.meta.segment,
            'rule': node.config.meta.segment.get('rule'),
            'version': local_md5(words | join(' '))[:12],
        }) -%}
    {%- endfor -%}
    {{ return(segments) }}
{%- endmacro %}


{#- A segment and those it is made of, by what dbt knows of their references. -#}
{% macro segments_used(found, name, before) -%}
    {%- set names = [name] -%}
    {%- for parent in found[name].depends_on.nodes -%}
        {%- set parent_name = parent.split('.')[-1] -%}
        {%- if parent_name.startswith('seg_') and parent_name[4:] in found and parent_name[4:] not in before -%}
            {%- do names.extend(cdp.segments_used(found, parent_name[4:], before + [name])) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(names | unique | list) }}
{%- endmacro %}
