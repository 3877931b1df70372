{#-
    A condition on related rows, {has: entity, where: conditions, window, count}; see segment_entities.

    About a person's entities: how many of the rows in the window meet the conditions (at_least,
    at_most, exactly; at_least 1 where nothing is said), or what their `sum` of a column comes to. Rows
    at or after as_of() never count. at_most: 0 is absence.
    About what a row leads to (the store of a purchase): whether there is one that meets them.
-#}
{% macro rule_has(context, node, path, scope, depth) -%}
    {%- set entities = cdp.segment_entities() -%}
    {%- set own = entities.keys() | reject('eq', 'profile') | list if scope.is_profile else [] -%}
    {%- if node.has in scope.related -%}
        {{ return(cdp.rule_related(context, node, path, scope, depth)) }}
    {%- elif node.has not in own -%}
        {%- do cdp.rule_error(
            context, path ~ '.has', node.has ~ ' is nothing that ' ~ scope.label ~ ' has',
            (own + (scope.related.keys() | list)) | sort, node.has,
        ) -%}
    {%- endif -%}
    {%- set entity = entities[node.has] -%}
    {%- set counts = {'at_least': '>=', 'at_most': '<=', 'exactly': '='} -%}
    {%- set windows = ['in_last_days', 'in_last_hours', 'since', 'before'] if entity.moment else [] -%}
    {%- do cdp.rule_keys(
        context, node, path, ['has', 'where', 'sum'] + windows + (counts.keys() | list)
    ) -%}
    {%- set fact = context.prefix ~ node.has ~ '_' ~ (context.facts | length + 1) -%}
    {%- set rows = cdp.rule_rows(context, node, path, fact ~ '_rows', node.get('sum')) -%}
    {%- set counted -%}
    select
        profile_id,
        count(*) as match_count
        {%- if 'sum' in node %},
        sum(amount) as match_sum
        {%- endif %}
        {%- if entity.moment %},
        min(happened_at) as first_at,
        max(happened_at) as last_at
        {%- endif %}
    from {{ fact }}_rows
    group by profile_id
    {%- endset -%}
    {%- do context.facts.append({'name': fact, 'ctes': rows + [[fact, counted]]}) -%}
    {%- for column in ['match_count'] + (['match_sum'] if 'sum' in node else [])
        + (['first_at', 'last_at'] if entity.moment else []) -%}
        {%- set key = fact[context.prefix | length:] ~ '_' ~ column | replace('match_', '') -%}
        {%- do context.evidence.update({key: fact ~ '.' ~ column}) -%}
    {%- endfor -%}
    {%- set subject = 'coalesce(' ~ fact ~ ('.match_sum' if 'sum' in node else '.match_count') ~ ', 0)' -%}
    {%- set parts = [] -%}
    {%- for word, sign in counts.items() if word in node -%}
        {%- if node[word] is boolean or node[word] is not number
            or ('sum' not in node and (node[word] is not integer or node[word] < 0)) -%}
            {%- do cdp.rule_error(context, path ~ '.' ~ word, node[word] ~ ' is no number of rows') -%}
        {%- endif -%}
        {%- do parts.append(subject ~ ' ' ~ sign ~ ' ' ~ cdp.rule_literal(context, node[word], 'number', path ~ '.' ~ word)) -%}
    {%- endfor -%}
    {%- if not parts and 'sum' in node -%}
        {%- do cdp.rule_error(context, path, 'a sum is compared with a number', counts.keys() | list) -%}
    {%- endif -%}
    {{ return(parts | join(' and ') if parts else subject ~ ' >= 1') }}
{%- endmacro %}


{#-
    The rows of an entity that meet the conditions and lie in the window, each with its person: a list
    of CTEs, the last called `name` with profile_id, happened_at and amount.
-#}
{% macro rule_rows(context, node, path, name, sum_column=none) -%}
    {%- set entity = cdp.segment_entities()[node.has] -%}
    {%- set scope = cdp.rule_scope(node.has, entity, 'found') -%}
    {%- set conditions = [entity.rows] if entity.rows else [] -%}
    {%- if entity.moment and 'in_last_days' not in node and 'in_last_hours' not in node -%}
        {%- do conditions.append('found.' ~ entity.moment ~ ' < ' ~ cdp.as_of()) -%}
    {%- endif -%}
    {%- for word in ['in_last_days', 'in_last_hours', 'since', 'before'] if word in node -%}
        {%- do conditions.append(cdp.rule_comparison(
            context, 'found.' ~ entity.moment, 'time', word, node[word], path ~ '.' ~ word, scope
        )) -%}
    {%- endfor -%}
    {%- if 'where' in node -%}
        {%- do conditions.append(cdp.rule_condition(context, node.where, path ~ '.where', scope, 2)) -%}
    {%- endif -%}
    {%- if sum_column -%}
        {%- set kind = cdp.rule_column_kind(context, sum_column, path ~ '.sum', scope) -%}
        {%- if kind not in ['number', 'any'] -%}
            {%- do cdp.rule_error(context, path ~ '.sum', sum_column ~ ' is no number') -%}
        {%- endif -%}
    {%- endif -%}
    {%- set where = '\n    where\n        ' ~ conditions | join('\n        and ') if conditions else '' -%}
    {%- set facts = (',\n        found.' ~ entity.moment ~ ' as happened_at' if entity.moment else '')
        ~ (',\n        found.' ~ sum_column ~ ' as amount' if sum_column else '') -%}
    {%- set person = 'found' if entity.key == 'profile_id' else 'identity_map' -%}
    {%- set sql -%}
    select
        {{ person }}.profile_id
        {{- facts }}
    from {{ cdp.rule_relation(context, entity.model) }} as found
    {%- if entity.key == 'identifier_key' %}
    inner join {{ cdp.rule_relation(context, 'identity_map') }} as identity_map
        on found.identifier_key = identity_map.identifier_key
    {%- endif %}
        {{- where }}
    {%- endset -%}
    {{ return([[name, sql]]) }}
{%- endmacro %}


{#- Whether a row leads to one that meets the conditions. -#}
{% macro rule_related(context, node, path, scope, depth) -%}
    {%- do cdp.rule_keys(context, node, path, ['has', 'where']) -%}
    {%- set relation = scope.related[node.has] -%}
    {%- set alias = 'the_' ~ node.has -%}
    {%- set inner = cdp.rule_scope(node.has, relation, alias) -%}
    {%- set conditions = [] -%}
    {%- for theirs, ours in relation.on.items() -%}
        {%- do conditions.append(alias ~ '.' ~ theirs ~ ' = ' ~ scope.alias ~ '.' ~ ours) -%}
        {%- do cdp.rule_evidence_of(context, ours, scope) -%}
    {%- endfor -%}
    {%- if 'where' in node -%}
        {%- do conditions.append(
            cdp.rule_condition(context, node.where, path ~ '.where', inner, depth + 2)
        ) -%}
    {%- endif -%}
    {%- set pad = '\n' ~ '    ' * (depth + 1) -%}
    {{ return(
        'exists (' ~ pad ~ 'select 1 from ' ~ cdp.rule_relation(context, relation.model) ~ ' as ' ~ alias ~ pad ~ 'where'
        ~ pad ~ '    ' ~ conditions | join(pad ~ '    and ') ~ '\n' ~ '    ' * depth ~ ')'
    ) }}
{%- endmacro %}


{#- Whose row a condition is about, see rule_condition. -#}
{% macro rule_scope(label, entity, alias) -%}
    {%- set is_profile = label == 'profile' -%}
    {%- set columns = cdp.segment_columns(entity.get('columns', entity.model)) -%}
    {%- set related = entity.get('related', {}) -%}
    {%- set kinds = ['has', 'sequence', 'in_segment'] if is_profile else (['has'] if related else []) -%}
    {{ return({
        'label': label,
        'alias': alias,
        'columns': columns,
        'personal': cdp.segment_personal_columns(entity.model) if is_profile else [],
        'related': related,
        'is_profile': is_profile,
        'kinds': kinds + (['near'] if entity.model == 'stores' else []),
    }) }}
{%- endmacro %}


{#-
    Whether a place lies within some kilometres of another, as the crow flies: {store: id} or
    {latitude: degrees, longitude: degrees}, with within_km.
-#}
{% macro rule_near(context, node, path, scope) -%}
    {%- if node is not mapping or node.get('within_km') is not number -%}
        {%- do cdp.rule_error(
            context, path, 'needs within_km and store, or within_km, latitude and longitude'
        ) -%}
    {%- endif -%}
    {%- if 'store' in node -%}
        {%- do cdp.rule_keys(context, node, path, ['store', 'within_km']) -%}
        {%- set store = cdp.rule_literal(context, node.store, 'text', path ~ '.store') -%}
        {%- set distance = cdp.kilometres_between(
            scope.alias ~ '.latitude', scope.alias ~ '.longitude', 'other.latitude', 'other.longitude'
        ) -%}
        {{ return(
            'exists (select 1 from ' ~ cdp.rule_relation(context, 'stores') ~ ' as other where other.store_id = ' ~ store
            ~ ' and ' ~ distance ~ ' <= ' ~ node.within_km ~ ')'
        ) }}
    {%- endif -%}
    {%- do cdp.rule_keys(context, node, path, ['latitude', 'longitude', 'within_km']) -%}
    {%- for word in ['latitude', 'longitude'] if node.get(word) is not number -%}
        {%- do cdp.rule_error(context, path ~ '.' ~ word, 'is a number of degrees') -%}
    {%- endfor -%}
    {{ return(cdp.kilometres_between(
        scope.alias ~ '.latitude', scope.alias ~ '.longitude', node.latitude, node.longitude
    ) ~ ' <= ' ~ node.within_km) }}
{%- endmacro %}
