-- Rows of streams that cannot be used are kept, since looking for them reads every column of a
-- stream. A run takes the landing days from the last one on, wholly, so that it equals a rebuild.
-- Rows without the loader's clock have no day: they are looked for each time. A landed row must
-- stay: one that is taken out of a stream leaves this table at the next full refresh.
--
-- A row per stream without a reason says how far the stream was read: a clean one would else be
-- read from its beginning by every run.
--
-- Every reader of a stream names it itself, see int_canonical__event_copies.
{%- set columns -%}
    source_name, source_table, record_key, reason_code, reason_column, payload_json, received_at
{%- endset %}
{%- for source_name, shapes in var('cdp_feeds').items() if 'quarantined_rows' in shapes -%}
    {#- While parsing no stream is known, but what is read must be. -#}
    {%- do ref('map_' ~ source_name ~ '__quarantined_rows') -%}
{%- endfor %}
with

arrived as (

    {%- for source_name, source_table in cdp.streamed_tables()
        if 'quarantined_rows' in var('cdp_feeds')[source_name] %}
    {%- set rows = "source_name = '" ~ source_name ~ "' and source_table = '" ~ source_table ~ "'" %}
    {{ 'union all' if not loop.first }}
    select {{ columns }}
    from {{ ref('map_' ~ source_name ~ '__quarantined_rows') }}
    where
        {{ rows }}
        and received_at >= cast({{ cdp.read_from(rows) }} as date)

    union all

    select {{ columns }}
    from {{ ref('map_' ~ source_name ~ '__quarantined_rows') }}
    where
        {{ rows }}
        and received_at is null
    {%- else %}
    select
        {%- for column in model.columns.values() %}
        cast(null as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- endfor %}

),

read_until as (

    select
        source_name,
        source_table,
        max(received_at) as received_at
    from {{ ref('int_canonical__stream_observations') }}
    where
        ({{ cdp.is_streamed() }})
        and received_at <= {{ cdp.as_of() }}
    group by source_name, source_table

),

-- Texts are cast, since PostgreSQL would compare those of views with the table's varchar.
final as (

    select
        cast(source_name as varchar) as source_name,
        cast(source_table as varchar) as source_table,
        coalesce(cast(received_at as date), date '1900-01-01') as received_on,
        cast(record_key as varchar) as record_key,
        cast(reason_code as varchar) as reason_code,
        cast(reason_column as varchar) as reason_column,
        cast(payload_json as varchar) as payload_json,
        received_at
    from arrived

    union all

    select
        source_name,
        source_table,
        cast(received_at as date) as received_on,
        cast(null as varchar) as record_key,
        cast(null as varchar) as reason_code,
        cast(null as varchar) as reason_column,
        cast(null as varchar) as payload_json,
        received_at
    from read_until

)

select * from final
