{#-
    Materializations `view` and `table` on DuckDB: what is there is dropped and made anew in one
    transaction. dbt's own build under a second name, then rename twice and drop; on DuckDB, where DDL
    is transactional and readers keep their snapshot, that buys nothing, and a quarter of the CPU of a
    small build goes into it. A failed model rolls back to what was there.

    PostgreSQL keeps dbt's own: its readers would wait for the lock from the drop until the commit.
-#}
{% materialization view, adapter='duckdb' %}
    {{ return(cdp.replaced_in_place('view')) }}
{% endmaterialization %}


{% materialization table, adapter='duckdb' %}
    {{ return(cdp.replaced_in_place('table')) }}
{% endmaterialization %}


{#-
    Makes the model that is being materialized, as what is named: view or table. Returns what a
    materialization returns.
-#}
{% macro replaced_in_place(relation_type) %}
    {%- set target_relation = this.incorporate(type=relation_type) -%}
    {%- set existing = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {%- if existing is not none %}drop {{ existing.type }} if exists {{ existing }};{% endif %}
        {% if relation_type == 'view' -%}
            {{ get_create_view_as_sql(target_relation, sql) }}
        {%- else -%}
            {{ get_create_table_as_sql(False, target_relation, sql) }}
        {%- endif %}
    {%- endcall %}
    {% if existing is not none and existing.type != relation_type %}
        {% do adapter.cache_dropped(existing) %}
    {% endif %}
    {% if relation_type == 'table' %}{% do create_indexes(target_relation) %}{% endif %}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=True) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmacro %}
