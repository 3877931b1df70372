{#-
    Solves the components of an edge table (low_id <= high_id, bigint; loops and duplicates allowed).
    Returns the name of a scratch table (node_id, root_id) of the nodes that are not the smallest of their
    component. Its keys are integers where all ends fit, which halves the hash tables: a tenth of the time.

    name: prefix of scratch tables, which stay until cdp.drop_scratch(name).

    Each round a node that is the larger end of some edge hooks on its smallest neighbour; pointers are
    jumped to their roots; the ends of edges are replaced by their roots, and loops and duplicates dropped.
    When no edge is left the rounds' maps are composed backwards. Who is hooked on is smaller, so there are
    no cycles, and the root of a component is its smallest node.

    The edge that a node hooks by is a loop once pointers are at their roots, and most nodes have one edge
    or two. So a node keeps its largest neighbour too, and the edges are read again only for nodes of more.

    Stops with an error after 100 rounds; two leave at most half of the nodes that have edges. Who survives
    both has no smaller neighbour in the first, so all of its neighbours hook, and in the second only if one
    of these has it for its root: there are no more survivors than nodes that hooked.
-#}
{% macro solve_components(name, edges) %}
    {%- set fits = run_query(
        'select max(high_id) <= 2147483647 and min(low_id) >= 0 from ' ~ edges
    ).columns[0].values()[0] -%}
    {%- set key_type = 'integer' if fits else 'bigint' -%}
    {%- set state = namespace(edges=edges, rounds=0, done=false) -%}
    {% for round in range(100) if not state.done %}
        {% set hooks = name ~ '__hooks_' ~ round %}
        {% do cdp.create_scratch(hooks, '
            select
                high_id as node_id, min(low_id) as parent_id, max(low_id) as other_id,
                count(*) as edge_count
            from (
                select cast(low_id as ' ~ key_type ~ ') as low_id, cast(high_id as ' ~ key_type ~ ') as high_id
                from ' ~ state.edges ~ '
                where low_id <> high_id
            ) as narrow_edges
            group by high_id
        ') %}
        {% set roots = name ~ '__roots_' ~ round %}
        {% do cdp.jump_pointers(hooks, roots) %}
        {% set next_edges = name ~ '__edges_' ~ (round + 1) %}
        {% do cdp.create_scratch(next_edges, '
            select distinct
                case when low_root < high_root then low_root else high_root end as low_id,
                case when low_root < high_root then high_root else low_root end as high_id
            from (
                select coalesce(low_end.root_id, kept.low_id) as low_root, kept.high_root
                from (
                    select other_id as low_id, root_id as high_root
                    from ' ~ roots ~ '
                    where other_id is not null
                    union all
                    select cast(all_edges.low_id as ' ~ key_type ~ ') as low_id, high_end.root_id as high_root
                    from ' ~ state.edges ~ ' as all_edges
                    inner join (
                        select node_id from ' ~ hooks ~ ' where edge_count > 2 and other_id <> parent_id
                    ) as crowded on all_edges.high_id = crowded.node_id
                    inner join ' ~ roots ~ ' as high_end on crowded.node_id = high_end.node_id
                ) as kept
                left join ' ~ roots ~ ' as low_end on kept.low_id = low_end.node_id
            ) as rooted_edges
            where low_root <> high_root
        ') %}
        {% do cdp.execute_sql('drop table ' ~ hooks) %}
        {% if round > 0 %}{% do cdp.execute_sql('drop table ' ~ state.edges) %}{% endif %}
        {% set state.edges = next_edges %}
        {% set state.rounds = round + 1 %}
        {% set state.done = cdp.count_rows(next_edges) == 0 %}
    {% endfor %}
    {% if not state.done %}
        {{ exceptions.raise_compiler_error('connected_components: ' ~ name ~ ' has edges left after 100 rounds') }}
    {% endif %}

    {#- Compose the rounds' maps from the last to the first: the nodes of a round are roots of the one before. -#}
    {% set composed = namespace(table=name ~ '__roots_' ~ (state.rounds - 1)) %}
    {% for step in range(state.rounds - 2, -1, -1) %}
        {% set roots = name ~ '__roots_' ~ step %}
        {% set next_table = name ~ '__composed_' ~ step %}
        {% do cdp.create_scratch(next_table, '
            select roots.node_id, coalesce(later.root_id, roots.root_id) as root_id
            from ' ~ roots ~ ' as roots
            left join ' ~ composed.table ~ ' as later on roots.root_id = later.node_id
            union all
            select node_id, root_id from ' ~ composed.table
        ) %}
        {% do cdp.execute_sql('drop table ' ~ composed.table) %}
        {% do cdp.execute_sql('drop table ' ~ roots) %}
        {% set composed.table = next_table %}
    {% endfor %}
    {% do return(composed.table) %}
{% endmacro %}


{#-
    Points the nodes of a round at their roots, twice as far each time; only who is still on the way is
    looked up again.

    hooks: the round's nodes (node_id, parent_id, other_id); roots: name of the scratch table that is made
    (node_id, root_id, other_id: null where it is the parent too).
-#}
{% macro jump_pointers(hooks, roots) %}
    {%- set state = namespace(current=roots ~ '_jump_1', done=false) -%}
    {% do cdp.create_scratch(state.current, '
        select
            child.node_id,
            coalesce(parent.parent_id, child.parent_id) as root_id,
            case when child.other_id <> child.parent_id then child.other_id end as other_id,
            parent.node_id is not null as is_open
        from ' ~ hooks ~ ' as child
        left join ' ~ hooks ~ ' as parent on child.parent_id = parent.node_id
    ') %}
    {% do cdp.create_scratch(roots, '
        select node_id, root_id, other_id from ' ~ state.current ~ ' where not is_open
    ') %}
    {% for jump in range(2, 64) if not state.done %}
        {% set state.done = cdp.count_rows(state.current, 'is_open') == 0 %}
        {% if not state.done %}
            {% set next_table = roots ~ '_jump_' ~ jump %}
            {% do cdp.create_scratch(next_table, '
                select
                    child.node_id,
                    coalesce(ahead.root_id, child.root_id) as root_id,
                    child.other_id,
                    coalesce(ahead.is_open, false) as is_open
                from ' ~ state.current ~ ' as child
                left join (
                    select node_id, root_id, is_open from ' ~ state.current ~ ' where is_open
                    union all
                    select node_id, root_id, false as is_open from ' ~ roots ~ '
                ) as ahead on child.root_id = ahead.node_id
                where child.is_open
            ') %}
            {% do cdp.execute_sql('insert into ' ~ roots ~ '
                select node_id, root_id, other_id from ' ~ next_table ~ ' where not is_open') %}
            {% do cdp.execute_sql('drop table ' ~ state.current) %}
            {% set state.current = next_table %}
        {% endif %}
    {% endfor %}
    {% do cdp.execute_sql('drop table ' ~ state.current) %}
{% endmacro %}
