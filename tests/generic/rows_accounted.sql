{% test rows_accounted(model, source_name, table_name) %}
{#- Rows in = rows out + quarantined: every landed row is either usable in its stg_ model or a row of
    canonical.quarantined_rows. A table that was not landed has none. #}
    {%- set landed = load_relation(source(source_name, table_name)) if execute %}
    select
        landed.row_count as landed_count,
        usable.row_count as usable_count,
        quarantined.row_count as quarantined_count
    from (select {{ 'count(*)' if landed else '0' }} as row_count {% if landed %}from {{ landed }}{% endif %}) as landed
    cross join (select count(*) as row_count from {{ model }} where quarantine_reason is null) as usable
    cross join (
        select count(*) as row_count
        from {{ ref('quarantined_rows') }}
        where source_name = '{{ source_name }}' and source_table = '{{ table_name }}'
    ) as quarantined
    where landed.row_count <> usable.row_count + quarantined.row_count
{% endtest %}
