{#-
    One landed table, read defensively: the only place that looks at what the warehouse holds
    (docs/decisions/0002-landed-layouts.md says why).

    Returns a select with every column the source's YAML declares, in its declared type, plus the
    five columns of `landed_metadata`. What the loader did not land is null; a table it did not land
    is empty; a missing required column stops the build with a sentence that names it.

    Reasons, the first that applies: missing_key · unparsable_value · oversized_text ·
    impossible_time · those of `refused` · deleted_at_source · duplicate_key. Of several copies of a
    key the usable one that was loaded last is kept.

    refused: rows that can be read but not used, as [reason, column, condition] over the declared
    columns: missing_value (what the row is about is not there) or value_out_of_range. They are judged
    here and not after, so that such a row is kept for people to look at and cannot displace a usable
    copy of its key.

    Table settings, under `config.meta` in _<source>__sources.yml:
        key         columns that name a row; required, and never null in a usable row
        required    further columns that must exist
        event_time  the column that says when it happened; of a list, the first one that is filled
        deleted     the loader's soft-delete flag
        stream      true for event streams: duplicates are left to canonical.events, which finds
                    them without sorting the stream; the loader's clock is required, since only what
                    arrived since the last run is read
-#}
{% macro landed(source_name, table_name, refused=[]) %}
    {%- set relation = source(source_name, table_name) -%}
    {%- if not execute -%}
        select * from {{ relation }}
    {%- else -%}
        {%- set existing = load_relation(relation) -%}
        {%- set landed_types = {} -%}
        {%- if existing -%}
            {%- for column in adapter.get_columns_in_relation(existing) -%}
                {%- do landed_types.update({column.name | lower: [column.name, column.data_type | lower]}) -%}
            {%- endfor -%}
        {%- endif -%}
        {{- cdp.landed_select(cdp.landed_spec(source_name, table_name), existing, landed_types, refused) -}}
    {%- endif -%}
{% endmacro %}


{#- The columns every stg_ model hands on beside its own: record_key (<table>:<key>, the row's name in
    evidence and logs), received_at (when the loader wrote it), quarantine_reason (null: usable),
    quarantine_column, quarantine_payload_json (the row, for a person to look at; null when the
    source deleted it). -#}
{% macro landed_metadata(relation) -%}
    {{ relation }}.record_key,
    {{ relation }}.landed_received_at as received_at,
    {{ relation }}.quarantine_reason,
    {{ relation }}.quarantine_column,
    {{ relation }}.quarantine_payload_json
{%- endmacro %}


{#- What the YAML says of a landed table. Raises when it names no key. -#}
{% macro landed_spec(source_name, table_name) %}
    {%- set found = [] -%}
    {%- for node in graph.sources.values() -%}
        {%- if node.source_name == source_name and node.name == table_name -%}
            {%- do found.append(node) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set node = found[0] -%}
    {%- set meta = node.config.meta or node.meta -%}
    {%- if not meta.get('key') -%}
        {{ exceptions.raise_compiler_error(
            'models/staging/' ~ source_name ~ '/_' ~ source_name ~ '__sources.yml: table '
            ~ table_name ~ ' declares no config.meta.key; name the columns that identify a row.'
        ) }}
    {%- endif -%}
    {%- do return({
        'source_name': source_name,
        'table_name': table_name,
        'columns': node.columns,
        'key': meta['key'],
        'required': meta['key'] + meta.get('required', [])
            + ([node.loaded_at_field] if meta.get('stream') else []),
        'event_time': meta.get('event_time'),
        'deleted': meta.get('deleted'),
        'stream': meta.get('stream', false),
        'loaded_at': node.loaded_at_field if node.loaded_at_field in node.columns else none,
    }) -%}
{% endmacro %}


{#- The select of `landed`. spec: see landed_spec; existing: the landed relation or none;
    landed_types: {lower-case name: [name, type]} of its columns; refused: see landed. -#}
{% macro landed_select(spec, existing, landed_types, refused) %}
    {%- set reads = [] -%}
    {%- set key_reads = [] -%}
    {%- set bad = {'unparsable_value': [], 'oversized_text': []} -%}
    {%- for name, column in spec.columns.items() -%}
        {%- set quoted = adapter.quote(name) -%}
        {%- set found = landed_types.get(name | lower) -%}
        {%- if not found -%}
            {%- if existing and name in spec.required -%}
                {{ exceptions.raise_compiler_error(
                    'Source ' ~ spec.source_name ~ ': landed table ' ~ existing.schema ~ '.'
                    ~ existing.identifier ~ ' has no column ' ~ name ~ ', which is required; land it, '
                    ~ 'or take ' ~ spec.source_name ~ ' out of cdp_feeds in dbt_project.yml.'
                ) }}
            {%- endif -%}
            {%- do reads.append('cast(null as ' ~ column.data_type ~ ') as ' ~ quoted) -%}
        {%- else -%}
            {%- set raw = 'raw_rows.' ~ adapter.quote(found[0]) -%}
            {%- set way = cdp.landed_cast(column.data_type, found[1]) -%}
            {%- if way == 'parse' -%}
                {%- set raw_text = 'cast(' ~ raw ~ ' as varchar)' -%}
                {%- set parsed = cdp.try_cast(raw_text, column.data_type) -%}
                {%- set read = parsed -%}
                {%- do reads.append("(coalesce(trim(" ~ raw_text ~ "), '') <> '' and " ~ parsed
                    ~ ' is null) as ' ~ adapter.quote('unparsable__' ~ name)) -%}
                {%- do bad['unparsable_value'].append([name, adapter.quote('unparsable__' ~ name)]) -%}
            {%- elif way == 'utc' -%}
                {%- set read = raw ~ " at time zone 'UTC'" -%}
            {%- elif way == 'cast' -%}
                {%- set read = 'cast(' ~ raw ~ ' as ' ~ column.data_type ~ ')' -%}
            {%- else -%}
                {%- set read = raw -%}
            {%- endif -%}
            {%- do reads.append(read ~ ' as ' ~ quoted) -%}
            {%- if name in spec.key -%}
                {%- do key_reads.append(read ~ ' as ' ~ quoted) -%}
            {%- endif -%}
            {%- if column.data_type == 'varchar' -%}
                {%- do bad['oversized_text'].append([name, cdp.byte_length(quoted) ~ ' > ' ~ var('max_text_bytes')]) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}

    {%- set key_columns = [] -%}
    {%- set missing = [] -%}
    {%- for name in spec.key -%}
        {%- do key_columns.append(adapter.quote(name)) -%}
        {%- do missing.append([name, "coalesce(cast(" ~ adapter.quote(name) ~ " as varchar), '') = ''"]) -%}
    {%- endfor -%}

    {%- set loaded_at = adapter.quote(spec.loaded_at) if spec.loaded_at else 'cast(null as timestamp)' -%}
    {%- set impossible = [] -%}
    {%- if spec.event_time -%}
        {%- set clocks = [spec.event_time] if spec.event_time is string else spec.event_time -%}
        {%- set quoted_clocks = [] -%}
        {%- for name in clocks -%}
            {%- do quoted_clocks.append(adapter.quote(name)) -%}
        {%- endfor -%}
        {%- set event_time = 'coalesce(' ~ quoted_clocks | join(', ') ~ ')' -%}
        {%- do impossible.append([clocks[0], event_time ~ ' is null or ' ~ event_time
            ~ " < timestamp '" ~ var('earliest_plausible_date') ~ " 00:00:00' or " ~ event_time
            ~ ' > coalesce(' ~ loaded_at ~ ", timestamp '2100-01-01 00:00:00') + interval '"
            ~ var('clock_ahead_hours') ~ " hours'"]) -%}
    {%- endif -%}

    {%- if spec.stream -%}
        {%- do impossible.append([spec.loaded_at, loaded_at ~ ' is null']) -%}
    {%- endif -%}

    {%- set content = [
        ['missing_key', missing],
        ['unparsable_value', bad['unparsable_value']],
        ['oversized_text', bad['oversized_text']],
        ['impossible_time', impossible],
    ] -%}
    {%- for reason, column, condition in refused -%}
        {%- do content.append([reason, [[column, condition]]]) -%}
    {%- endfor -%}
    {%- set fate = [] -%}
    {%- if spec.deleted -%}
        {%- do fate.append(['deleted_at_source', [[spec.deleted, 'coalesce(' ~ adapter.quote(spec.deleted) ~ ', false)']]]) -%}
    {%- endif -%}
    {%- if not spec.stream -%}
        {%- do fate.append(['duplicate_key', [[spec.key[0], 'landed_copy > 1']]]) -%}
    {%- endif -%}

    {%- set landed_rows -%}
        from {{ existing if existing else '(select 1 as nothing_landed) as raw_rows' }}
        {%- if existing %} as raw_rows{% else %} where 1 = 0{% endif %}
    {%- endset -%}
    {%- set judged -%}
        select
            typed_rows.*,
            {{ loaded_at }} as landed_received_at,
            {{ cdp.landed_case(content, 0) }} as content_reason,
            {{ cdp.landed_case(content, 1) }} as content_column
        from (select {{ reads | join(', ') }} {{ landed_rows }}) as typed_rows
    {%- endset -%}
    {%- set same_key = [] -%}
    {%- for name in key_columns -%}
        {%- do same_key.append('judged.' ~ name ~ ' = repeated.' ~ name) -%}
    {%- endfor -%}
    {%- set repeated -%}
        select {{ key_columns | join(', ') }}
        from (select {{ key_reads | join(', ') }} {{ landed_rows }}) as keys
        group by {{ key_columns | join(', ') }}
        having count(*) > 1
    {%- endset -%}

    select
        {%- for name in spec.columns %}
        {{ adapter.quote(name) }},
        {%- endfor %}
        {{ cdp.landed_record_key(spec) }} as record_key,
        landed_received_at,
        coalesce(content_reason, {{ cdp.landed_case(fate, 0) }}) as quarantine_reason,
        case when content_reason is not null then content_column else {{ cdp.landed_case(fate, 1) }} end
            as quarantine_column,
        case
            when content_reason is not null or landed_copy > 1
                then {{ cdp.landed_json(spec) }}
        end as quarantine_payload_json
    from (
        {% if spec.stream or not existing -%}
        select judged.*, 1 as landed_copy
        from ({{ judged }}) as judged
        {%- else -%}
        {#- Only rows that share their key are sorted: of a clean table none. Named twice, see canonical.events. -#}
        select judged.*, 1 as landed_copy
        from ({{ judged }}) as judged
        left join ({{ repeated }}) as repeated on {{ same_key | join(' and ') }}
        where repeated.{{ key_columns[0] }} is null
        union all
        select
            judged.*,
            row_number() over (
                partition by {% for name in key_columns %}judged.{{ name }}{{ ', ' if not loop.last }}{% endfor %}
                order by
                    case when judged.content_reason is null then 0 else 1 end,
                    judged.landed_received_at desc nulls last
                    {%- for name, column in spec.columns.items()
                        if name != spec.loaded_at and name not in spec.key and name | lower in landed_types %},
                    {%- set value = 'judged.' ~ adapter.quote(name) %}
                    {{ cdp.binary_order(value) if column.data_type == 'varchar' else value }} nulls last
                    {%- endfor %}
            ) as landed_copy
        from ({{ judged }}) as judged
        inner join ({{ repeated }}) as repeated on {{ same_key | join(' and ') }}
        {%- endif %}
    ) as numbered
{% endmacro %}


{#- How a landed column becomes its declared type: keep, cast, utc (an instant with a zone), or parse
    (through text, where a value may turn out unreadable). Types in lower case. -#}
{% macro landed_cast(declared, landed) %}
    {%- set same = {
        'varchar': ['varchar', 'text'],
        'integer': ['integer', 'int4', 'smallint'],
        'bigint': ['bigint', 'int8'],
        'boolean': ['boolean', 'bool'],
        'date': ['date'],
        'timestamp': ['timestamp', 'timestamp without time zone'],
        'double precision': ['double', 'double precision', 'float8'],
    } -%}
    {%- set wider = {
        'bigint': ['integer', 'smallint', 'tinyint', 'int4'],
        'numeric(18,2)': ['integer', 'smallint', 'tinyint', 'int4'],
        'double precision': ['integer', 'smallint', 'bigint', 'float', 'real'],
        'timestamp': ['date', 'timestamp_ns', 'timestamp_ms', 'timestamp_s'],
    } -%}
    {%- if landed in same.get(declared, []) or (landed | replace('decimal', 'numeric')) == declared -%}
        {%- do return('keep') -%}
    {%- elif declared == 'varchar' or landed in wider.get(declared, []) -%}
        {%- do return('cast') -%}
    {%- elif declared == 'timestamp' and landed in ['timestamp with time zone', 'timestamptz'] -%}
        {%- do return('utc') -%}
    {%- else -%}
        {%- do return('parse') -%}
    {%- endif -%}
{% endmacro %}


{#- A case ladder over [[reason, [[column, condition], ...]], ...]; part 0 answers the reason, part 1 the
    column. -#}
{% macro landed_case(groups, part) -%}
    {%- set whens = [] -%}
    {%- for reason, conditions in groups -%}
        {%- for column, condition in conditions -%}
            {%- do whens.append('when ' ~ condition ~ " then '" ~ [reason, column][part] ~ "'") -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- if whens -%} case {{ whens | join(' ') }} end {%- else -%} cast(null as varchar) {%- endif -%}
{%- endmacro %}


{#- <table>:<key columns joined by |>; a missing part is empty. -#}
{% macro landed_record_key(spec) -%}
    '{{ spec.table_name }}:'
    {%- for name in spec.key -%}
        {{ " || '|'" if not loop.first }} || coalesce(cast({{ adapter.quote(name) }} as varchar), '')
    {%- endfor -%}
{%- endmacro %}


{#- The declared columns of a row as a JSON object of texts, each cut to 1,000 characters; the same
    text on every engine. -#}
{% macro landed_json(spec) -%}
    '{'
    {%- for name in spec.columns -%}
        || '{{ ', ' if not loop.first }}"{{ name }}": ' || {{ cdp.json_string('left(cast(' ~ adapter.quote(name) ~ ' as varchar), 1000)') }}
    {%- endfor -%}
    || '}'
{%- endmacro %}
