{#-
    Materialization `connected_components`: the model's SQL is a list of edges, the table it builds is
    the map from each node to its component.

    The model selects    node_a bigint, node_b bigint; loops, duplicates and both directions allowed
    The table holds      node_id bigint, component_id bigint (the smallest node of the component),
                         one row per node of any edge; a node with only a loop is its own component

    Beside the table <model>__edges keeps the edges it was built from. A later run compares them with
    the model's, recomputes only the components that gained or lost an edge, and carries the others
    over; the result equals a rebuild. `--full-refresh` recomputes everything.

    The algorithm is contraction by min-hooking (docs/decisions/0003-connected-components.md). Each
    round, a node that is the larger end of some edge takes its smallest neighbour as parent; pointers
    are jumped to their roots; edges are replaced by their roots, and loops and duplicates dropped.
    When no edge is left the rounds' maps are composed backwards. Parents are always smaller than
    their children, so there are no cycles, and the root of a component is its smallest node.

    Atomic: everything is built under intermediate names and swapped in by rename at the end; a run
    that fails leaves the old map.
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

    {#- The edges as they are now: low end, high end; a loop keeps its lone node. -#}
    {% do cdp.create_scratch(name ~ '__now', '
        select distinct
            case when node_a < node_b then node_a else node_b end as low_id,
            case when node_a < node_b then node_b else node_a end as high_id
        from (' ~ sql ~ ') as given_edges
        where node_a is not null and node_b is not null
    ') %}

    {% if is_update %}
        {#- Which components gained or lost an edge? All their edges are solved again. -#}
        {% do cdp.create_scratch(name ~ '__changed', '
            select gained.low_id, gained.high_id
            from ' ~ name ~ '__now as gained
            left join ' ~ edges_relation ~ ' as before
                on gained.low_id = before.low_id and gained.high_id = before.high_id
            where before.low_id is null
            union all
            select lost.low_id, lost.high_id
            from ' ~ edges_relation ~ ' as lost
            left join ' ~ name ~ '__now as after
                on lost.low_id = after.low_id and lost.high_id = after.high_id
            where after.low_id is null
        ') %}
        {% do cdp.create_scratch(name ~ '__touched', '
            select distinct coalesce(component_map.component_id, changed_nodes.node_id) as component_id
            from (
                select low_id as node_id from ' ~ name ~ '__changed
                union all
                select high_id as node_id from ' ~ name ~ '__changed
            ) as changed_nodes
            left join ' ~ existing ~ ' as component_map on changed_nodes.node_id = component_map.node_id
        ') %}
        {% do cdp.create_scratch(name ~ '__solve', '
            select all_edges.low_id, all_edges.high_id
            from ' ~ name ~ '__now as all_edges
            left join ' ~ existing ~ ' as component_map on all_edges.low_id = component_map.node_id
            inner join ' ~ name ~ '__touched as touched
                on coalesce(component_map.component_id, all_edges.low_id) = touched.component_id
        ') %}
    {% endif %}

    {% set solved = cdp.solve_components(name, name ~ ('__solve' if is_update else '__now')) %}

    {%- set new_map = make_intermediate_relation(target_relation) -%}
    {%- set new_edges = make_intermediate_relation(edges_relation) -%}
    {% do adapter.drop_relation(new_map) %}
    {% do adapter.drop_relation(new_edges) %}
    {% do cdp.execute_sql('create table ' ~ new_edges ~ ' as select low_id, high_id from ' ~ name ~ '__now') %}

    {% call statement('main') -%}
        create table {{ new_map }} as
        select cast(node_id as bigint) as node_id, cast(component_id as bigint) as component_id
        from {{ solved }}
        {% if is_update %}
        union all
        select kept.node_id, kept.component_id
        from {{ existing }} as kept
        left join {{ name }}__touched as touched on kept.component_id = touched.component_id
        where touched.component_id is null
        {% endif %}
    {%- endcall %}

    {% do cdp.swap_in(this, new_map) %}
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
    Solves the components of an edge table (low_id <= high_id; loops allowed). Returns the name of a
    scratch table (node_id, component_id). Stops with an error after 60 rounds: each round at least
    halves the nodes that still have edges, so 2^60 nodes would be needed to get there.
-#}
{% macro solve_components(name, edges) %}
    {%- set state = namespace(edges=name ~ '__edges_0', left=1, rounds=0, done=false) -%}
    {% do cdp.create_scratch(state.edges, 'select low_id, high_id from ' ~ edges ~ ' where low_id <> high_id') %}
    {% set state.left = cdp.count_rows(state.edges) %}

    {% for round in range(60) if not state.done %}
        {% if state.left == 0 %}
            {% set state.done = true %}
        {% else %}
            {% set parents = name ~ '__parents_' ~ round %}
            {% do cdp.create_scratch(parents ~ '_0', '
                select high_id as node_id, min(low_id) as root_id from ' ~ state.edges ~ ' group by high_id
            ') %}
            {% set jumped = cdp.jump_pointers(parents) %}
            {% set next_edges = name ~ '__edges_' ~ (round + 1) %}
            {% do cdp.create_scratch(next_edges, '
                select distinct
                    case when low_root < high_root then low_root else high_root end as low_id,
                    case when low_root < high_root then high_root else low_root end as high_id
                from (
                    select coalesce(low_end.root_id, all_edges.low_id) as low_root, high_end.root_id as high_root
                    from ' ~ state.edges ~ ' as all_edges
                    inner join ' ~ jumped ~ ' as high_end on all_edges.high_id = high_end.node_id
                    left join ' ~ jumped ~ ' as low_end on all_edges.low_id = low_end.node_id
                ) as rooted_edges
                where low_root <> high_root
            ') %}
            {% do cdp.execute_sql('drop table ' ~ state.edges) %}
            {% do cdp.execute_sql('alter table ' ~ jumped ~ ' rename to ' ~ parents) %}
            {% set state.edges = next_edges %}
            {% set state.left = cdp.count_rows(next_edges) %}
            {% set state.rounds = round + 1 %}
        {% endif %}
    {% endfor %}
    {% if not state.done and state.left > 0 %}
        {{ exceptions.raise_compiler_error('connected_components: ' ~ name ~ ' has edges left after 60 rounds') }}
    {% endif %}

    {#- Compose the rounds' maps from the last to the first. -#}
    {% set composed = namespace(table=none) %}
    {% for step in range(state.rounds - 1, -1, -1) %}
        {% set parents = name ~ '__parents_' ~ step %}
        {% if composed.table is none %}
            {% set composed.table = parents %}
        {% else %}
            {% set next_table = name ~ '__composed_' ~ step %}
            {% do cdp.create_scratch(next_table, '
                select parents.node_id, coalesce(later.root_id, parents.root_id) as root_id
                from ' ~ parents ~ ' as parents
                left join ' ~ composed.table ~ ' as later on parents.root_id = later.node_id
                union all
                select node_id, root_id from ' ~ composed.table) %}
            {% do cdp.execute_sql('drop table ' ~ composed.table) %}
            {% do cdp.execute_sql('drop table ' ~ parents) %}
            {% set composed.table = next_table %}
        {% endif %}
    {% endfor %}

    {#- Hooked nodes, the roots they hang on, and nodes that have no edge but a loop. -#}
    {% set linked = name ~ '__linked' %}
    {% if composed.table is none %}
        {% do cdp.create_scratch(linked, 'select low_id as node_id, high_id as component_id from ' ~ edges ~ ' where 1 = 0') %}
    {% else %}
        {% do cdp.create_scratch(linked, '
            select node_id, root_id as component_id from ' ~ composed.table ~ '
            union all
            select distinct root_id as node_id, root_id as component_id from ' ~ composed.table) %}
    {% endif %}
    {% set solved = name ~ '__solved' %}
    {% do cdp.create_scratch(solved, '
        select node_id, component_id from ' ~ linked ~ '
        union all
        select loops.low_id as node_id, loops.low_id as component_id
        from ' ~ edges ~ ' as loops
        left join ' ~ linked ~ ' as linked on loops.low_id = linked.node_id
        where loops.low_id = loops.high_id and linked.node_id is null
    ') %}
    {% do return(solved) %}
{% endmacro %}


{#- Points every node of <parents>_0 at its root. Returns the last scratch table's name. -#}
{% macro jump_pointers(parents) %}
    {%- set state = namespace(current=parents ~ '_0', done=false) -%}
    {% for jump in range(1, 64) if not state.done %}
        {% set next_table = parents ~ '_' ~ jump %}
        {% do cdp.create_scratch(next_table, '
            select
                child.node_id,
                coalesce(parent.root_id, child.root_id) as root_id,
                case when parent.root_id is null then 0 else 1 end as has_moved
            from ' ~ state.current ~ ' as child
            left join ' ~ state.current ~ ' as parent on child.root_id = parent.node_id
        ') %}
        {% do cdp.execute_sql('drop table ' ~ state.current) %}
        {% set state.current = next_table %}
        {% set moved = run_query('select max(has_moved) from ' ~ next_table).columns[0].values()[0] %}
        {% if not moved %}
            {% set state.done = true %}
        {% endif %}
    {% endfor %}
    {% do return(state.current) %}
{% endmacro %}


{#- A temporary table of this connection, with statistics where the engine plans by them. -#}
{% macro create_scratch(name, select_sql) %}
    {% do cdp.execute_sql('drop table if exists ' ~ name) %}
    {% do cdp.execute_sql('create temporary table ' ~ name ~ ' as ' ~ select_sql) %}
    {% do cdp.refresh_statistics(name) %}
{% endmacro %}


{#- Drops the scratch tables of a model by its name's prefix; they would go with the connection anyway. -#}
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


{#- Runs a statement that returns nothing. -#}
{% macro execute_sql(sql) %}
    {% call statement(auto_begin=true) -%}
        {{ sql }}
    {%- endcall %}
{% endmacro %}


{#- The number of rows of a relation. -#}
{% macro count_rows(relation) %}
    {% do return(run_query('select count(*) from ' ~ relation).columns[0].values()[0] | int) %}
{% endmacro %}
