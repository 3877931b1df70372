{#-
    A comparison of an attribute, {attribute: name, operator: value, ...}; several operators must all hold.
    Each kind of attribute has its operators; texts compare byte by byte, case matters. The value is a
    literal or another attribute of the same row, {attribute: name}.
-#}
{% macro rule_attribute(context, node, path, scope) -%}
    {%- set kind = cdp.rule_column_kind(context, node.attribute, path ~ '.attribute', scope) -%}
    {%- set operators = cdp.rule_operators(kind) -%}
    {%- for operator in node if operator not in operators and operator != 'attribute' -%}
        {%- set of_kind = ', a ' ~ kind if kind != 'any' else '' -%}
        {%- do cdp.rule_error(
            context, path, "'" ~ operator ~ "' does not compare " ~ node.attribute ~ of_kind, operators,
            operator | string,
        ) -%}
    {%- endfor -%}
    {%- if node | length == 1 -%}
        {%- do cdp.rule_error(context, path, 'compares ' ~ node.attribute ~ ' with nothing', operators) -%}
    {%- endif -%}
    {%- set subject = scope.alias ~ '.' ~ node.attribute -%}
    {%- do cdp.rule_evidence_of(context, node.attribute, scope) -%}
    {%- set parts = [] -%}
    {%- for operator in operators if operator in node -%}
        {%- do parts.append(cdp.rule_comparison(
            context, subject, kind, operator, node[operator], path ~ '.' ~ operator, scope
        )) -%}
    {%- endfor -%}
    {{ return(parts[0] if parts | length == 1 else '(' ~ parts | join(' and ') ~ ')') }}
{%- endmacro %}


{#- Books an attribute of profiles as evidence. -#}
{% macro rule_evidence_of(context, column, scope) -%}
    {%- if scope.is_profile -%}
        {%- do context.evidence.update({column: scope.alias ~ '.' ~ column}) -%}
        {%- if column in scope.personal -%}
            {%- do context.hidden.append(column) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#- The kind of a column of the scope; `any` where dbt does not know the columns. -#}
{% macro rule_column_kind(context, column, path, scope) -%}
    {%- if column is not string or not modules.re.fullmatch('[a-z][a-z0-9_]*', column) -%}
        {%- do cdp.rule_error(context, path, column ~ ' is no name of an attribute') -%}
    {%- endif -%}
    {%- if scope.columns and column not in scope.columns -%}
        {%- do cdp.rule_error(
            context, path, column ~ ' is no attribute of ' ~ scope.label, scope.columns | sort, column
        ) -%}
    {%- endif -%}
    {{ return(scope.columns.get(column, 'any')) }}
{%- endmacro %}


{#- Operators of a kind, in the order in which they are written. -#}
{% macro rule_operators(kind) -%}
    {%- set operators = {
        'text': ['is', 'is_not', 'in', 'not_in', 'contains', 'starts_with', 'ends_with'],
        'number': [
            'is', 'is_not', 'in', 'not_in', 'at_least', 'at_most', 'more_than', 'less_than',
        ],
        'truth': ['is'],
        'time': [
            'since', 'before', 'in_last_days', 'in_last_hours', 'in_next_days', 'more_than_days_ago',
        ],
    } -%}
    {%- set known = operators.get(kind, operators.values() | sum(start=[]) | unique | list) -%}
    {{ return(['is_known'] + known) }}
{%- endmacro %}


{#- One comparison. -#}
{% macro rule_comparison(context, subject, kind, operator, value, path, scope) -%}
    {%- set signs = {
        'is': '=', 'is_not': '<>', 'at_least': '>=', 'at_most': '<=', 'more_than': '>',
        'less_than': '<', 'since': '>=', 'before': '<', 'in': 'in', 'not_in': 'not in',
    } -%}
    {%- if operator == 'is_known' -%}
        {%- if value is not boolean -%}
            {%- do cdp.rule_error(context, path, value ~ ' does not fit', ['true', 'false']) -%}
        {%- endif -%}
        {{ return(subject ~ ' is ' ~ ('not ' if value else '') ~ 'null') }}
    {%- elif operator in ['in', 'not_in'] -%}
        {%- if value is string or value is mapping or value is not sequence or not value -%}
            {%- do cdp.rule_error(context, path, 'is a list of at least one value, e.g. [a, b]') -%}
        {%- endif -%}
        {%- set literals = [] -%}
        {%- for part in value -%}
            {%- do literals.append(cdp.rule_literal(context, part, kind, path ~ '[' ~ loop.index ~ ']')) -%}
        {%- endfor -%}
        {{ return(subject ~ ' ' ~ signs[operator] ~ ' (' ~ literals | join(', ') ~ ')') }}
    {%- elif operator in ['in_last_days', 'in_last_hours', 'in_next_days', 'more_than_days_ago'] -%}
        {{ return(cdp.rule_window(context, subject, operator, value, path)) }}
    {%- elif operator in ['contains', 'starts_with', 'ends_with'] -%}
        {%- if value is mapping or value == '' -%}
            {%- do cdp.rule_error(context, path, 'is a text that is not empty') -%}
        {%- endif -%}
        {%- set text = cdp.rule_literal(context, value, 'text', path) -%}
        {%- if operator == 'contains' -%}
            {{ return('strpos(' ~ subject ~ ', ' ~ text ~ ') > 0') }}
        {%- elif operator == 'starts_with' -%}
            {{ return('starts_with(' ~ subject ~ ', ' ~ text ~ ')') }}
        {%- endif -%}
        {{ return('right(' ~ subject ~ ', ' ~ value | length ~ ') = ' ~ text) }}
    {%- endif -%}
    {%- if value is mapping -%}
        {%- do cdp.rule_keys(context, value, path, ['attribute']) -%}
        {%- set other = cdp.rule_column_kind(context, value.attribute, path ~ '.attribute', scope) -%}
        {%- if other != kind -%}
            {%- do cdp.rule_error(
                context, path, value.attribute ~ ' is a ' ~ other ~ ', ' ~ subject ~ ' a ' ~ kind
            ) -%}
        {%- endif -%}
        {%- do cdp.rule_evidence_of(context, value.attribute, scope) -%}
        {{ return(subject ~ ' ' ~ signs[operator] ~ ' ' ~ scope.alias ~ '.' ~ value.attribute) }}
    {%- endif -%}
    {%- set value_kind = 'time' if operator in ['since', 'before'] else kind -%}
    {{ return(subject ~ ' ' ~ signs[operator] ~ ' ' ~ cdp.rule_literal(context, value, value_kind, path)) }}
{%- endmacro %}


{#- A stretch of time before or after as_of(). What lies in the future is in no last days. -#}
{% macro rule_window(context, moment, operator, value, path) -%}
    {%- if value is boolean or value is not integer or value < 1 or value > 36500 -%}
        {%- do cdp.rule_error(context, path, value ~ ' does not fit; a whole number from 1 to 36500') -%}
    {%- endif -%}
    {%- set as_of = cdp.as_of() -%}
    {%- if operator == 'in_next_days' -%}
        {%- set last = as_of ~ " + interval '" ~ value ~ " days'" -%}
        {{ return('(' ~ moment ~ ' >= ' ~ as_of ~ ' and ' ~ moment ~ ' < ' ~ last ~ ')') }}
    {%- endif -%}
    {%- set unit = 'hours' if operator == 'in_last_hours' else 'days' -%}
    {%- set first = as_of ~ " - interval '" ~ value ~ ' ' ~ unit ~ "'" -%}
    {%- if operator == 'more_than_days_ago' -%}
        {{ return(moment ~ ' < ' ~ first) }}
    {%- endif -%}
    {{ return('(' ~ moment ~ ' >= ' ~ first ~ ' and ' ~ moment ~ ' < ' ~ as_of ~ ')') }}
{%- endmacro %}


{#- A value as a SQL literal of its kind. -#}
{% macro rule_literal(context, value, kind, path) -%}
    {%- set shown = "'" ~ value ~ "'" -%}
    {%- if value is none or value is mapping or (value is sequence and value is not string) -%}
        {%- do cdp.rule_error(context, path, 'needs one value') -%}
    {%- elif kind == 'truth' and value is not boolean -%}
        {%- do cdp.rule_error(context, path, shown ~ ' does not fit', ['true', 'false']) -%}
    {%- elif kind == 'number' and (value is boolean or value is not number) -%}
        {%- do cdp.rule_error(context, path, shown ~ ' is no number; write it without quotes') -%}
    {%- elif kind == 'text' and value is not string -%}
        {%- do cdp.rule_error(context, path, shown ~ ' is no text; put it in quotes') -%}
    {%- elif kind == 'time' -%}
        {%- set shape = '([0-9]{2}([0-9]{2}))-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-9])|(0[13-9]|1[0-2])-30'
            ~ '|(0[13578]|1[02])-31)( ([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?)?' -%}
        {%- set year = (value | string)[:4] | int(1) -%}
        {%- set is_leap_year = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) -%}
        {%- if not modules.re.fullmatch(shape, value | string)
            or ((value | string)[5:10] == '02-29' and not is_leap_year) -%}
            {%- do cdp.rule_error(context, path, shown ~ ' is no day; write it like 2026-01-31') -%}
        {%- endif -%}
        {{ return("cast('" ~ value ~ "' as timestamp)") }}
    {%- endif -%}
    {%- if value is boolean -%}
        {{ return(value | string | lower) }}
    {%- elif value is number -%}
        {%- if value | string in ['nan', 'inf', '-inf'] -%}
            {%- do cdp.rule_error(context, path, shown ~ ' is no number') -%}
        {%- endif -%}
        {{ return(value | string) }}
    {%- endif -%}
    {{ return("'" ~ value | replace("'", "''") ~ "'") }}
{%- endmacro %}
