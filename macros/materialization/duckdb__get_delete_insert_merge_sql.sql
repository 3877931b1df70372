{#-
    dbt's general delete+insert on DuckDB too: the keys of the new rows are made distinct before the old
    ones are deleted by them. The adapter's own joins every old row with every new row of its key; where
    a key is a day of a table, that is the square of a day's rows.

    target, source: relations. unique_key: column or list. dest_columns: of the target.
    incremental_predicates: list of SQL conditions or none.
-#}
{% macro duckdb__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -%}
    {{- default__get_delete_insert_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) -}}
{%- endmacro %}
