{#-
    Materializations `view` and `table` on DuckDB: what is there is dropped and made anew in one
    transaction. dbt's own build under a second name, then rename twice and drop; on DuckDB, where DDL
    is transactional and readers keep their snapshot, that buys nothing, and half the time of a small
    build goes into it. A failed model rolls back to what was there.

    PostgreSQL keeps dbt's own: its readers would wait for the lock from the drop until the commit.
-#}
{% materialization view, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ cdp.drop_statement(existing) }}
        {{ get_create_view_as_sql(target_relation, sql) }}
    {%- endcall %}
    {{ cdp.finish_in_place(existing, target_relation) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% materialization table, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {{ cdp.drop_statement(existing) }}
        {{ get_create_table_as_sql(False, target_relation, sql) }}
    {%- endcall %}
    {% do create_indexes(target_relation) %}
    {{ cdp.finish_in_place(existing, target_relation) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- The statement that drops a relation of dbt's cache; nothing where there is none. -#}
{% macro drop_statement(relation) -%}
    {%- if relation is not none %}drop {{ relation.type }} if exists {{ relation }};{% endif -%}
{%- endmacro %}


{#- What follows the model's own statement: grants, comments, hooks and the commit. -#}
{% macro finish_in_place(existing, target_relation) -%}
    {% if existing is not none and existing.type != target_relation.type %}
        {% do adapter.cache_dropped(existing) %}
    {% endif %}
    {% do apply_grants(target_relation, config.get('grants'), should_revoke=True) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
{%- endmacro %}
