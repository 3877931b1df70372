{#-
    Materialization `connected_components`: the model's SQL is a list of edges, the table it builds is
    the map from each node to its component.

    The model selects    node_a bigint, node_b bigint; loops, duplicates and both directions allowed
    The table holds      node_id bigint, component_id bigint (the smallest node of the component),
                         one row per node of any edge; a node with only a loop is its own component

    Beside the table <model>__edges keeps the edges it was built from. A later run compares them with
    the model's and writes only the nodes whose component changes; the result equals a rebuild.
    `--full-refresh` recomputes everything.

    The algorithm is contraction by min-hooking (docs/decisions/0003-connected-components.md), in
    solve_components.

    Atomic: tables are made under intermediate names, and put in place in one transaction; a run that fails
    leaves the old map. A pre-hook in the transaction puts everything into it, which is slower on DuckDB
    (see execute_sql).
-#}
{% materialization connected_components, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set edges_relation = api.Relation.create(
        database=this.database, schema=this.schema, identifier=this.identifier ~ '__edges', type='table'
    ) -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- set existing_edges = adapter.get_relation(this.database, this.schema, this.identifier ~ '__edges') -%}
    {%- set is_update = existing is not none and existing_edges is not none
        and not should_full_refresh() and not flags.EMPTY -%}
    {%- set name = this.identifier -%}
    {%- set grant_config = config.get('grants') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- set new_edges = make_intermediate_relation(edges_relation) -%}
    {%- set new_map = make_intermediate_relation(target_relation) -%}
    {% do adapter.drop_relation(new_edges) %}
    {% do adapter.drop_relation(new_map) %}
    {% do cdp.drop_scratch(name) %} {#- of a run that failed -#}

    {#- The edges as they are now: low end, high end; a loop keeps its lone node. -#}
    {% do cdp.execute_sql('create table ' ~ new_edges ~ ' as
        select
            cast(case when node_a < node_b then node_a else node_b end as bigint) as low_id,
            cast(case when node_a < node_b then node_b else node_a end as bigint) as high_id
        from (' ~ sql ~ ') as given_edges
        where node_a is not null and node_b is not null
    ') %}
    {% do cdp.refresh_statistics(new_edges) %}

    {% if is_update %}
        {% do cdp.find_moved_nodes(name, existing, edges_relation, new_edges) %}
        {% call statement('main') -%}
            delete from {{ existing }}
            where component_id in (select component_id from {{ name }}__rewritten)
        {%- endcall %}
        {% do cdp.execute_sql('insert into ' ~ existing ~ ' (node_id, component_id)
            select node_id, component_id from ' ~ name ~ '__moved') %}
    {% else %}
        {% set composed = cdp.solve_components(name, new_edges) %}
        {% call statement('main') -%}
            create table {{ new_map }} as {{ cdp.solved_map(composed, new_edges) }}
        {%- endcall %}
        {% do cdp.swap_in(this, new_map) %}
    {% endif %}
    {% do cdp.swap_in(edges_relation, new_edges) %}
    {% do cdp.drop_scratch(name) %}

    {% do apply_grants(target_relation, grant_config, should_revoke=True) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#-
    What an update has to write, as two scratch tables: <name>__rewritten (component_id), whose rows go,
    and <name>__moved (node_id, component_id), the rows that come.

    existing: the map; edges_before, edges_now: edge tables (low_id, high_id).

    A component that only gains edges counts as one node, named by its id, and is rewritten where it
    gets another id. One that loses an edge falls into its nodes and is solved from its edges again.
-#}
{% macro find_moved_nodes(name, existing, edges_before, edges_now) %}
    {% do cdp.create_scratch(name ~ '__broken', '
        select distinct component_map.component_id
        from ' ~ edges_before ~ ' as before
        left join ' ~ edges_now ~ ' as after
            on before.low_id = after.low_id and before.high_id = after.high_id
        inner join ' ~ existing ~ ' as component_map on before.low_id = component_map.node_id
        where after.low_id is null
    ') %}
    {% do cdp.create_scratch(name ~ '__open', '
        select after.low_id, after.high_id
        from ' ~ edges_now ~ ' as after
        left join ' ~ edges_before ~ ' as before
            on after.low_id = before.low_id and after.high_id = before.high_id
        where before.low_id is null
        union all
        select after.low_id, after.high_id
        from ' ~ edges_now ~ ' as after
        inner join ' ~ existing ~ ' as component_map on after.low_id = component_map.node_id
        inner join ' ~ name ~ '__broken as broken on component_map.component_id = broken.component_id
    ') %}
    {#- Each end of an open edge: the component that stands for it, or itself. -#}
    {% do cdp.create_scratch(name ~ '__ends', '
        select
            ends.node_id,
            coalesce(standing.component_id, ends.node_id) as stand_in_id,
            case when standing.component_id is null then 1 else 0 end as is_alone
        from (
            select low_id as node_id from ' ~ name ~ '__open
            union
            select high_id as node_id from ' ~ name ~ '__open
        ) as ends
        left join (
            select component_map.node_id, component_map.component_id
            from ' ~ existing ~ ' as component_map
            left join ' ~ name ~ '__broken as broken on component_map.component_id = broken.component_id
            where broken.component_id is null
        ) as standing on ends.node_id = standing.node_id
    ') %}
    {% do cdp.create_scratch(name ~ '__solve', '
        select
            case when low_end.stand_in_id < high_end.stand_in_id then low_end.stand_in_id
                else high_end.stand_in_id
            end as low_id,
            case when low_end.stand_in_id < high_end.stand_in_id then high_end.stand_in_id
                else low_end.stand_in_id
            end as high_id
        from ' ~ name ~ '__open as open_edges
        inner join ' ~ name ~ '__ends as low_end on open_edges.low_id = low_end.node_id
        inner join ' ~ name ~ '__ends as high_end on open_edges.high_id = high_end.node_id
    ') %}
    {% set composed = cdp.solve_components(name, name ~ '__solve') %}
    {% do cdp.create_scratch(name ~ '__rewritten', '
        select component_id from ' ~ name ~ '__broken
        union
        select ends.stand_in_id as component_id
        from ' ~ name ~ '__ends as ends
        inner join ' ~ composed ~ ' as solved on ends.stand_in_id = solved.node_id
        where ends.is_alone = 0
    ') %}
    {% do cdp.create_scratch(name ~ '__moved', '
        select ends.node_id, coalesce(solved.root_id, ends.node_id) as component_id
        from ' ~ name ~ '__ends as ends
        left join ' ~ composed ~ ' as solved on ends.node_id = solved.node_id
        where ends.is_alone = 1
        union all
        select component_map.node_id, solved.root_id as component_id
        from ' ~ existing ~ ' as component_map
        inner join ' ~ name ~ '__rewritten as rewritten on component_map.component_id = rewritten.component_id
        left join ' ~ name ~ '__broken as broken on component_map.component_id = broken.component_id
        inner join ' ~ composed ~ ' as solved on component_map.component_id = solved.node_id
        where broken.component_id is null
    ') %}
{% endmacro %}


{#-
    A select of the whole map (node_id, component_id): the nodes of a composed table, the roots they
    hang on, and nodes that have no edge but a loop.

    composed: as solve_components returns it; edges: the edges that were solved.
-#}
{% macro solved_map(composed, edges) -%}
    select cast(node_id as bigint) as node_id, cast(root_id as bigint) as component_id
    from {{ composed }}
    union all
    select distinct root_id as node_id, root_id as component_id
    from {{ composed }}
    union all
    select distinct loops.low_id as node_id, loops.low_id as component_id
    from {{ edges }} as loops
    left join (
        select node_id from {{ composed }}
        union all
        select root_id as node_id from {{ composed }}
    ) as linked on loops.low_id = linked.node_id
    where loops.low_id = loops.high_id and linked.node_id is null
{%- endmacro %}


{#-
    A temporary table of this connection, with statistics where the engine plans by them. Its name is free:
    materializations call drop_scratch before their first one and after their last one.
-#}
{% macro create_scratch(name, select_sql) %}
    {% do cdp.execute_sql('create temporary table ' ~ name ~ ' as ' ~ select_sql) %}
    {% do cdp.refresh_statistics(name) %}
{% endmacro %}


{#- Drops the scratch tables of a model by its name's prefix. -#}
{% macro drop_scratch(name) %}
    {% set found = run_query("select table_name from information_schema.tables where table_name like '"
        ~ (name | replace('_', '\\_')) ~ "\\_\\_%' escape '\\' and table_type = 'LOCAL TEMPORARY'") %}
    {% for row in found.rows %}
        {% do cdp.execute_sql('drop table if exists ' ~ row[0]) %}
    {% endfor %}
{% endmacro %}


{#- Puts a finished table in the place of the one that bears the name now. -#}
{% macro swap_in(relation, new_table) %}
    {%- set current = adapter.get_relation(relation.database, relation.schema, relation.identifier) -%}
    {%- set target_table = relation.incorporate(type='table') -%}
    {%- set backup = make_backup_relation(target_table, current.type if current else 'table') -%}
    {% do adapter.drop_relation(backup) %}
    {% if current %}
        {% do adapter.rename_relation(current, backup) %}
    {% endif %}
    {% do adapter.rename_relation(new_table, target_table) %}
    {% do adapter.drop_relation(backup) %}
{% endmacro %}


{#-
    Runs a statement that returns nothing, in the transaction if one is open. It opens none: DuckDB plans
    for a table of no rows as long as it is not committed, which makes scratch tables twice as slow to read.
-#}
{% macro execute_sql(sql) %}
    {% call statement(auto_begin=false) -%}
        {{ sql }}
    {%- endcall %}
{% endmacro %}


{#- The number of rows of a relation. -#}
{% macro count_rows(relation, condition='true') %}
    {% do return(run_query('select count(*) from ' ~ relation ~ ' where ' ~ condition).columns[0].values()[0] | int) %}
{% endmacro %}
