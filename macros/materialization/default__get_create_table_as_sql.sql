{#-
    dbt's statement that makes a table; where the model has meta.sliced_by, the first slice is made
    so and the others are inserted after it, in the same statement and transaction. Joins and sorts
    hold one slice at a time, so memory does not grow with the number of people. Joins are planned for
    sets (plan_for_sets).

    temporary, relation, sql: as dbt hands them over. Needs the model's columns in its contract.
-#}
{% macro default__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- set counted = config.get('meta', {}).get('sliced_by', []) -%}
    {%- set ns = namespace(rows=0) -%}
    {%- for name in counted -%}
        {%- set ns.rows = ns.rows + run_query('select count(*) from ' ~ ref(name)).columns[0][0] -%}
    {%- endfor -%}
    {%- set slices = [1 + ns.rows // var('rows_per_slice'), 256] | min if counted else 1 -%}
    {%- set hex = "'0123456789abcdef'" -%}
    {%- set columns = model.columns.values() | map(attribute='name') | join(', ') -%}
    {%- for slice in range(slices) -%}
        {%- set condition = (
            "coalesce(strpos(" ~ hex ~ ", right(\\1, 1)) + 17 * strpos(" ~ hex
            ~ ", left(right(\\1, 2), 1)), 0) % " ~ slices ~ " = " ~ slice
        ) -%}
        {%- set sliced = modules.re.sub('true /\\* a slice of (\\S+) \\*/', condition, sql) if slices > 1 else sql -%}
        {%- if slice == 0 -%}
            {{ cdp.plan_for_sets() }}
            {{ create_table_as(temporary, relation, sliced) }}
        {%- else %}
            insert into {{ relation }} ({{ columns }})
            select {{ columns }} from ({{ sliced }}) as sliced;
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
