{#-
    Materialization `limited_components`: links are joined one by one, best first, where the union
    stays within every limit; the others are dropped. The table is the map from node to cluster.

    The model selects rows of two kinds, told apart by node_b:
      a link     node_a bigint, node_b bigint, link_rank bigint (unique; 1 is tried first),
                 is_manual boolean (binds against all limits but those that bind manual links too);
                 from a node to itself it only names the node
      a limit    node_a bigint, node_b null, limit_code varchar, max_count integer, is_manual boolean
                 (the limit binds manual links): the node counts 1 towards a limit of its cluster
    The table holds    node_id bigint, cluster_id bigint (the smallest node of the cluster),
                       one row per node of any link

    The result is that of the sequential loop "take the next best link; join its clusters if no
    limit breaks, else drop it", but solved in rounds (docs/decisions/0006-limits-by-replay.md).
    Of two clusters the best manual link and the best other one are kept apart: they are bound by
    different limits. Each round, all at once:
      1. pairs of clusters whose sum breaks a limit are dropped: clusters only grow
      2. a link that is the best one left of both its clusters is joined: nothing can come before it
      3. the best link of a cluster that counts towards no limit is joined: it is always legal
      4. a hub joins the unbroken run of its best links whose other ends have no other link, as long
         as the running sum stays legal
    until no pair is left.

    Stops with an error after 10,000 rounds. Built under an intermediate name and swapped in by
    rename; a run that fails leaves the old map.
-#}
{% materialization limited_components, default %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set name = this.identifier -%}
    {%- set grant_config = config.get('grants') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% do cdp.drop_scratch(name) %} {#- of a run that failed -#}
    {% do cdp.create_scratch(name ~ '__given', sql) %}
    {% set clusters = cdp.solve_limited_components(name, name ~ '__given') %}

    {%- set new_map = make_intermediate_relation(target_relation) -%}
    {% do adapter.drop_relation(new_map) %}
    {% call statement('main') -%}
        create table {{ new_map }} as
        select cast(node_id as bigint) as node_id, cast(cluster_id as bigint) as cluster_id
        from {{ clusters }}
    {%- endcall %}
    {% do cdp.swap_in(this, new_map) %}
    {% do cdp.drop_scratch(name) %}

    {% do apply_grants(target_relation, grant_config, should_revoke=True) %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#-
    Solves limited components. name: prefix of scratch tables; given: relation of links and limits.
    Returns the name of a scratch table (node_id, cluster_id).
-#}
{% macro solve_limited_components(name, given) %}
    {%- set clusters = name ~ '__clusters' -%}
    {%- set pairs = name ~ '__pairs' -%}
    {%- set counts = name ~ '__counts' -%}
    {%- set joined = name ~ '__joined' -%}
    {% do cdp.create_scratch(clusters, '
        select node_a as node_id, node_a as cluster_id from ' ~ given ~ ' where node_b is not null
        union
        select node_b as node_id, node_b as cluster_id from ' ~ given ~ ' where node_b is not null
    ') %}
    {% do cdp.create_scratch(pairs, '
        select
            case when node_a < node_b then node_a else node_b end as low_id,
            case when node_a < node_b then node_b else node_a end as high_id,
            case when is_manual then 1 else 0 end as is_manual,
            min(link_rank) as link_rank
        from ' ~ given ~ '
        where node_b is not null and node_a <> node_b
        group by 1, 2, 3
    ') %}
    {% do cdp.create_scratch(counts, '
        select
            node_a as cluster_id,
            limit_code,
            count(*) as node_count,
            min(max_count) as max_count,
            max(case when is_manual then 1 else 0 end) as binds_manual
        from ' ~ given ~ '
        where node_b is null and limit_code is not null
        group by node_a, limit_code
    ') %}

    {%- set state = namespace(done=false) -%}
    {% for round in range(10000) if not state.done %}
        {#- 1. Pairs that can never be joined any more are left out. -#}
        {% do cdp.create_scratch(name ~ '__legal', '
            select pairs.low_id, pairs.high_id, pairs.link_rank, pairs.is_manual
            from ' ~ pairs ~ ' as pairs
            left join (
                select low_id, high_id, is_manual
                from (
                    select
                        checked.low_id, checked.high_id, checked.is_manual,
                        counts.limit_code, counts.node_count, counts.max_count, counts.binds_manual
                    from ' ~ pairs ~ ' as checked
                    inner join ' ~ counts ~ ' as counts on checked.low_id = counts.cluster_id
                    union all
                    select
                        checked.low_id, checked.high_id, checked.is_manual,
                        counts.limit_code, counts.node_count, counts.max_count, counts.binds_manual
                    from ' ~ pairs ~ ' as checked
                    inner join ' ~ counts ~ ' as counts on checked.high_id = counts.cluster_id
                ) as counted
                group by low_id, high_id, is_manual, limit_code
                having count(*) = 2
                    and sum(node_count) > min(max_count)
                    and (is_manual = 0 or max(binds_manual) = 1)
            ) as broken
                on pairs.low_id = broken.low_id
                and pairs.high_id = broken.high_id
                and pairs.is_manual = broken.is_manual
            where broken.low_id is null
        ') %}
        {% if cdp.count_rows(name ~ '__legal') == 0 %}
            {% set state.done = true %}
        {% else %}
            {% do cdp.create_scratch(name ~ '__ends', '
                select
                    cluster_id, other_id, link_rank, is_manual,
                    row_number() over (partition by cluster_id order by link_rank) as place,
                    count(*) over (partition by cluster_id) as degree
                from (
                    select low_id as cluster_id, high_id as other_id, link_rank, is_manual
                    from ' ~ name ~ '__legal
                    union all
                    select high_id as cluster_id, low_id as other_id, link_rank, is_manual
                    from ' ~ name ~ '__legal
                ) as both_ends
            ') %}
            {% do cdp.create_scratch(name ~ '__runs', '
                select hub.cluster_id, hub.other_id, hub.place, hub.is_manual
                from (
                    select
                        ends.cluster_id, ends.other_id, ends.place, ends.is_manual,
                        max(case when leaf.degree > 1 then 1 else 0 end) over (
                            partition by ends.cluster_id order by ends.place
                            rows between unbounded preceding and current row
                        ) as is_broken
                    from ' ~ name ~ '__ends as ends
                    inner join ' ~ name ~ '__ends as leaf
                        on ends.other_id = leaf.cluster_id and leaf.place = 1
                    where ends.degree > 1
                ) as hub
                where hub.is_broken = 0
            ') %}
            {#- 2. and 3. the best link of both ends, or of one that counts nowhere; 4. runs. -#}
            {% do cdp.create_scratch(joined, '
                select
                    case when node_a < node_b then node_a else node_b end as low_id,
                    case when node_a < node_b then node_b else node_a end as high_id
                from (
                select mine.cluster_id as node_a, mine.other_id as node_b
                from ' ~ name ~ '__ends as mine
                left join ' ~ name ~ '__ends as theirs
                    on mine.other_id = theirs.cluster_id
                    and mine.cluster_id = theirs.other_id
                    and theirs.place = 1
                left join (select distinct cluster_id from ' ~ counts ~ ') as counting
                    on mine.cluster_id = counting.cluster_id
                where mine.place = 1 and (theirs.cluster_id is not null or counting.cluster_id is null)
                union
                select runs.cluster_id as node_a, runs.other_id as node_b
                from ' ~ name ~ '__runs as runs
                inner join (
                    select cluster_id, min(place) as first_broken
                    from (
                        select cluster_id, place from (
                            select
                                running.cluster_id, running.place, running.max_count,
                                coalesce(own.node_count, 0) + sum(running.node_count) over (
                                    partition by running.cluster_id, running.limit_code
                                    order by running.place
                                    rows between unbounded preceding and current row
                                ) as running_count
                            from (
                                select
                                    run.cluster_id, run.place, leaf_count.limit_code,
                                    leaf_count.node_count, leaf_count.max_count
                                from ' ~ name ~ '__runs as run
                                inner join ' ~ counts ~ ' as leaf_count
                                    on run.other_id = leaf_count.cluster_id
                            ) as running
                            left join ' ~ counts ~ ' as own
                                on running.cluster_id = own.cluster_id
                                and running.limit_code = own.limit_code
                        ) as summed
                        where running_count > max_count
                        union all
                        select cluster_id, max(place) + 1 as place
                        from ' ~ name ~ '__runs
                        group by cluster_id
                    ) as breaks
                    group by cluster_id
                ) as until_broken on runs.cluster_id = until_broken.cluster_id
                where runs.place < until_broken.first_broken
                ) as chosen
            ') %}
            {% set solved = cdp.solve_components(name ~ '__step', joined) %}
            {% do cdp.create_scratch(name ~ '__clusters_next', '
                select clusters.node_id, coalesce(moved.root_id, clusters.cluster_id) as cluster_id
                from ' ~ clusters ~ ' as clusters
                left join ' ~ solved ~ ' as moved on clusters.cluster_id = moved.node_id
            ') %}
            {% do cdp.create_scratch(name ~ '__pairs_next', '
                select
                    case when low_root < high_root then low_root else high_root end as low_id,
                    case when low_root < high_root then high_root else low_root end as high_id,
                    is_manual,
                    min(link_rank) as link_rank
                from (
                    select
                        coalesce(low_end.root_id, legal.low_id) as low_root,
                        coalesce(high_end.root_id, legal.high_id) as high_root,
                        legal.link_rank, legal.is_manual
                    from ' ~ name ~ '__legal as legal
                    left join ' ~ solved ~ ' as low_end on legal.low_id = low_end.node_id
                    left join ' ~ solved ~ ' as high_end on legal.high_id = high_end.node_id
                ) as rooted
                where low_root <> high_root
                group by 1, 2, 3
            ') %}
            {% do cdp.create_scratch(name ~ '__counts_next', '
                select
                    coalesce(moved.root_id, counts.cluster_id) as cluster_id,
                    counts.limit_code,
                    cast(sum(counts.node_count) as bigint) as node_count,
                    min(counts.max_count) as max_count,
                    max(counts.binds_manual) as binds_manual
                from ' ~ counts ~ ' as counts
                left join ' ~ solved ~ ' as moved on counts.cluster_id = moved.node_id
                group by 1, 2
            ') %}
            {% do cdp.drop_scratch(name ~ '__step') %}
            {% for step in ['__legal', '__ends', '__runs', '__joined'] %}
                {% do cdp.execute_sql('drop table ' ~ name ~ step) %}
            {% endfor %}
            {% for table in [clusters, pairs, counts] %}
                {% do cdp.execute_sql('drop table ' ~ table) %}
                {% do cdp.execute_sql('alter table ' ~ table ~ '_next rename to ' ~ table) %}
            {% endfor %}
        {% endif %}
    {% endfor %}
    {% if not state.done %}
        {{ exceptions.raise_compiler_error('limited_components: ' ~ name ~ ' has links left after 10,000 rounds') }}
    {% endif %}
    {% do return(clusters) %}
{% endmacro %}
