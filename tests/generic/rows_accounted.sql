{#-
    Rows in = rows out + quarantined: every landed row is either usable or a row of
    canonical.quarantined_rows. A table that was not landed has none; a source that is not in
    cdp_feeds is not counted.

    source_name, table_name: the landed table.
    counted_by_table: on a stg_ model the usable rows are those without a reason; with this, on
        canonical.events, they are the rows of that source table.
-#}
{% test rows_accounted(model, source_name, table_name, counted_by_table=false) %}
    {%- set landed = load_relation(source(source_name, table_name)) if execute and source_name in var('cdp_feeds') %}
    select
        landed.row_count as landed_count,
        usable.row_count as usable_count,
        quarantined.row_count as quarantined_count
    from (select {{ 'count(*)' if landed else '0' }} as row_count {% if landed %}from {{ landed }}{% endif %}) as landed
    cross join (
        select count(*) as row_count
        from {{ model }}
        {% if source_name not in var('cdp_feeds') -%}
        where 1 = 0
        {%- elif counted_by_table -%}
        where source_name = '{{ source_name }}' and source_table = '{{ table_name }}'
        {%- else -%}
        where quarantine_reason is null
        {%- endif %}
    ) as usable
    cross join (
        select count(*) as row_count
        from {{ ref('quarantined_rows') }}
        where source_name = '{{ source_name }}' and source_table = '{{ table_name }}'
    ) as quarantined
    where landed.row_count <> usable.row_count + quarantined.row_count
{% endtest %}
