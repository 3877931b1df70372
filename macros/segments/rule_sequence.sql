{#-
    Whether things happened one after the other, {sequence: [step, ...], in_last_days: n}.

    A step is {has: entity, where: conditions, within_days: n or within_hours: n}: after the step
    before, and not later than that after it. The last may be {without: entity, ...}: nothing of the
    kind came after, within that time or until as_of(). The window is about the first step. Two things
    at one moment do not follow one another.
-#}
{% macro rule_sequence(context, node, path, scope) -%}
    {%- set windows = ['in_last_days', 'in_last_hours', 'since', 'before'] -%}
    {%- do cdp.rule_keys(context, node, path, ['sequence'] + windows) -%}
    {%- set steps = node.sequence -%}
    {%- if steps is mapping or steps is string or steps is not sequence or steps | length < 2 -%}
        {%- do cdp.rule_error(context, path ~ '.sequence', 'is a list of at least two steps') -%}
    {%- endif -%}
    {%- set fact = context.prefix ~ 'sequence_' ~ (context.facts | length + 1) -%}
    {%- set ctes = [] -%}
    {%- for step in steps -%}
        {%- set place = path ~ '.sequence[' ~ loop.index ~ ']' -%}
        {%- do ctes.extend(cdp.rule_step(
            context, step, place, fact, loop.index, loop.last, node if loop.first else {}
        )) -%}
    {%- endfor -%}
    {%- set sql -%}
    select
        profile_id,
        count(*) as match_count,
        min(happened_at) as first_at,
        max(happened_at) as last_at
    from {{ fact }}_reached_{{ steps | length }}
    group by profile_id
    {%- endset -%}
    {%- do context.facts.append({'name': fact, 'ctes': ctes + [[fact, sql]]}) -%}
    {%- for column in ['first_at', 'last_at'] -%}
        {%- set key = fact[context.prefix | length:] ~ '_' ~ column -%}
        {%- do context.evidence.update({key: fact ~ '.' ~ column}) -%}
    {%- endfor -%}
    {{ return(fact ~ '.match_count >= 1') }}
{%- endmacro %}


{#- The CTEs of one step: its rows, and who got there and when. -#}
{% macro rule_step(context, step, path, fact, number, is_last, window) -%}
    {%- set absent = step is mapping and 'without' in step -%}
    {%- set waits = ['within_days', 'within_hours'] if number > 1 else [] -%}
    {%- set word = 'without' if absent else 'has' -%}
    {%- if step is not mapping or word not in step or (absent and (number == 1 or not is_last)) -%}
        {%- do cdp.rule_error(context, path, 'a step has an entity; only the last may be `without` one') -%}
    {%- endif -%}
    {%- do cdp.rule_keys(context, step, path, [word, 'where'] + waits) -%}
    {%- set entities = cdp.segment_entities() -%}
    {%- if not entities.get(step[word], {}).get('moment') -%}
        {%- set allowed = [] -%}
        {%- for name, entity in entities.items() if entity.moment -%}
            {%- do allowed.append(name) -%}
        {%- endfor -%}
        {%- do cdp.rule_error(context, path ~ '.' ~ word, step[word] ~ ' happens at no time', allowed, step[word]) -%}
    {%- endif -%}
    {%- set wanted = {'has': step[word]} -%}
    {%- if 'where' in step -%}{%- do wanted.update({'where': step.where}) -%}{%- endif -%}
    {%- for key in window if key != 'sequence' -%}
        {%- do wanted.update({key: window[key]}) -%}
    {%- endfor -%}
    {%- set rows = fact ~ '_step_' ~ number -%}
    {%- set ctes = cdp.rule_rows(context, wanted, path, rows) -%}
    {%- set before = fact ~ '_reached_' ~ (number - 1) -%}
    {%- set limit = [] -%}
    {%- for wait in waits if wait in step -%}
        {%- if step[wait] is boolean or step[wait] is not integer or step[wait] < 1 or step[wait] > 36500 -%}
            {%- do cdp.rule_error(context, path ~ '.' ~ wait, 'is a whole number from 1 to 36500') -%}
        {%- endif -%}
        {%- do limit.append(
            '\n            and later.happened_at <= earlier.happened_at + interval '
            ~ "'" ~ step[wait] ~ ' ' ~ wait[7:] ~ "'"
        ) -%}
    {%- endfor -%}
    {%- set kept = 'earlier' if absent else 'later' -%}
    {%- set sql -%}
    select
        {{ kept }}.profile_id,
        {{ kept }}.happened_at
    from {{ before if absent else rows }} as {{ kept }}
    {%- if number > 1 %}
    where
        {{ 'not ' if absent }}exists (
            select 1
            from {{ rows if absent else before }} as {{ 'later' if absent else 'earlier' }}
            where
                later.profile_id = earlier.profile_id
                and later.happened_at > earlier.happened_at
                {{- limit | join('') | replace('            and', '                and') }}
        )
    {%- endif %}
    {%- endset -%}
    {{ return(ctes + [[fact ~ '_reached_' ~ number, sql]]) }}
{%- endmacro %}
