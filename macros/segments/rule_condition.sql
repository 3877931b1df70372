{#-
    A node of a rule tree as a SQL condition.

    node: a mapping with one of all, any, not, attribute, has, sequence, in_segment or near; a list is
    an `all`. path: where it stands. scope: whose row it is about, {label, alias, columns, related,
    is_profile}. depth: indentation.

    A condition on a value that is unknown does not hold, and `not` holds where the condition does not:
    there is no third answer. SQL's unknown is turned into no at every `not` and once at the top;
    between and, or and conditions that are not negated it makes no difference.
-#}
{% macro rule_condition(context, node, path, scope, depth=0) -%}
    {%- if node is not mapping and node is not string and node is sequence -%}
        {{ return(cdp.rule_list(context, node, path, scope, depth, 'and')) }}
    {%- endif -%}
    {%- set kinds = ['all', 'any', 'not', 'attribute'] + scope.kinds -%}
    {%- if node is not mapping -%}
        {%- do cdp.rule_error(context, path, 'is no condition', kinds) -%}
    {%- endif -%}
    {%- set kind = kinds | select('in', node.keys() | list) | list -%}
    {%- if kind | length != 1 -%}
        {%- set first = node.keys() | first | string if node else '' -%}
        {%- if first in scope.columns -%}
            {%- set example = '{attribute: ' ~ first ~ ', is: ' ~ node[first] ~ '}' -%}
            {%- do cdp.rule_error(context, path, 'an attribute is compared like ' ~ example) -%}
        {%- endif -%}
        {%- do cdp.rule_error(
            context, path,
            'a condition has exactly one of these keys, this one has ' ~ (kind | join(' and ') or first or 'none'),
            kinds, first if not kind,
        ) -%}
    {%- endif -%}
    {%- set kind = kind[0] -%}
    {%- if kind in ['all', 'any', 'not', 'near', 'in_segment'] -%}
        {%- do cdp.rule_keys(context, node, path, [kind]) -%}
    {%- endif -%}
    {%- set inner = path ~ '.' ~ kind -%}
    {%- if kind in ['all', 'any'] -%}
        {%- set word = 'and' if kind == 'all' else 'or' -%}
        {{ return(cdp.rule_list(context, node[kind], inner, scope, depth, word)) }}
    {%- elif kind == 'not' -%}
        {%- set condition = cdp.rule_condition(context, node[kind], inner, scope, depth) -%}
        {{ return('not coalesce(' ~ condition ~ ', false)') }}
    {%- elif kind == 'attribute' -%}
        {{ return(cdp.rule_attribute(context, node, path, scope)) }}
    {%- elif kind == 'near' -%}
        {{ return(cdp.rule_near(context, node[kind], inner, scope)) }}
    {%- elif kind == 'in_segment' -%}
        {{ return(cdp.rule_in_segment(context, node[kind], inner, scope, depth)) }}
    {%- elif kind == 'sequence' -%}
        {{ return(cdp.rule_sequence(context, node, path, scope)) }}
    {%- endif -%}
    {{ return(cdp.rule_has(context, node, path, scope, depth)) }}
{%- endmacro %}


{#- Conditions joined by a word, one per line. -#}
{% macro rule_list(context, nodes, path, scope, depth, word) -%}
    {%- if nodes is mapping or nodes is string or nodes is not sequence or not nodes -%}
        {%- do cdp.rule_error(context, path, 'is a list of at least one condition') -%}
    {%- endif -%}
    {%- set parts = [] -%}
    {%- for node in nodes -%}
        {%- do parts.append(cdp.rule_condition(
            context, node, path ~ '[' ~ loop.index ~ ']', scope, depth + (nodes | length > 1) | int
        )) -%}
    {%- endfor -%}
    {%- if parts | length == 1 -%}
        {{ return(parts[0]) }}
    {%- endif -%}
    {%- set pad = '\n' ~ '    ' * depth -%}
    {{ return('(' ~ pad ~ '    ' ~ parts | join(pad ~ '    ' ~ word ~ ' ') ~ pad ~ ')') }}
{%- endmacro %}


{#-
    Membership of another segment. A rule is put in place of its name, so that the SQL stands alone and
    all segments are judged in one pass; one written in SQL is joined.
-#}
{% macro rule_in_segment(context, name, path, scope, depth) -%}
    {%- if name not in var('cdp_segments') -%}
        {%- do cdp.rule_error(context, path, name ~ ' is no segment', var('cdp_segments') | sort, name) -%}
    {%- endif -%}
    {%- if name in context.inside -%}
        {%- set circle = (context.inside + [name]) | join(' > ') -%}
        {%- do cdp.rule_error(context, path, 'segments are made of one another: ' ~ circle) -%}
    {%- endif -%}
    {%- if not execute -%}{%- do ref('seg_' ~ name) -%}{%- endif -%}
    {%- set other = cdp.segment_registry() | selectattr('name', 'eq', name) | first -%}
    {%- if other and other.rule -%}
        {%- do context.inside.append(name) -%}
        {%- set condition = cdp.rule_condition(
            context, other.rule, path ~ '(' ~ name ~ ')', scope, depth
        ) -%}
        {%- do context.inside.pop() -%}
        {{ return(condition) }}
    {%- endif -%}
    {%- set fact = context.prefix ~ 'in_' ~ name -%}
    {%- if fact not in context.facts | map(attribute='name') -%}
        {%- set sql -%}
    select
        profile_id,
        true as is_member
    from {{ cdp.rule_relation(context, 'seg_' ~ name) }}
        {%- endset -%}
        {%- do context.facts.append({'name': fact, 'ctes': [[fact, sql]]}) -%}
        {%- do context.evidence.update({'in_segment_' ~ name: fact ~ '.is_member'}) -%}
    {%- endif -%}
    {{ return(fact ~ '.is_member') }}
{%- endmacro %}
