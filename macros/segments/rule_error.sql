{#-
    Stops with a sentence that names the file, the place in the rule tree and what is allowed.
    context: see rule_context; path: e.g. rule.all[2].not; allowed: list of words, none for no list;
    given: the word that was written instead. The nearest to it is proposed, and a long list is cut
    to the twelve that are nearest.
-#}
{% macro rule_error(context, path, problem, allowed=none, given=none) -%}
    {%- set hints = [] -%}
    {%- if allowed is not none -%}
        {%- set listed = allowed | list -%}
        {%- set nearest = cdp.rule_nearest(given, listed) if given is string else [] -%}
        {%- if nearest and nearest[0][0] >= 0.5 -%}
            {%- do hints.append('; did you mean ' ~ nearest[0][1] ~ '?') -%}
        {%- endif -%}
        {%- if nearest and listed | length > 20 -%}
            {%- set listed = nearest[:12] | map(attribute=1) | list
                + ['and ' ~ (nearest | length - 12) ~ ' more'] -%}
        {%- endif -%}
        {%- do hints.append((' Allowed: ' if hints else '; allowed: ') ~ listed | join(', ')) -%}
    {%- endif -%}
    {%- if 'None' in problem -%}
        {%- do hints.append('; None is what a var gives that dbt_project.yml does not have') -%}
    {%- endif -%}
    {{ exceptions.raise_compiler_error(context.file ~ ': ' ~ path ~ ': ' ~ problem ~ hints | join('') ~ '.') }}
{%- endmacro %}


{#- Words by how near they are to a given one, [nearness, word] each: 1 for what other tools call it,
    else the share of pairs of neighbouring letters that the two have in common. -#}
{% macro rule_nearest(given, words) -%}
    {%- set elsewhere = {
        'and': 'all', 'or': 'any', '=': 'is', '==': 'is', 'equals': 'is', 'equal': 'is', 'eq': 'is',
        '!=': 'is_not', '<>': 'is_not', 'not_equals': 'is_not', '>=': 'at_least', 'gte': 'at_least',
        'min': 'at_least', '<=': 'at_most', 'lte': 'at_most', 'max': 'at_most', '>': 'more_than',
        'gt': 'more_than', '<': 'less_than', 'lt': 'less_than', 'exists': 'is_known',
        'is_set': 'is_known', 'is_null': 'is_known', 'after': 'since', 'from': 'since',
        'until': 'before', 'within': 'in_last_days', 'last_days': 'in_last_days',
        'segment': 'in_segment', 'order': 'purchase', 'orders': 'purchase', 'events': 'event',
        'count': 'exactly', 'filter': 'where', 'field': 'attribute', 'column': 'attribute',
    } -%}
    {%- set pairs = cdp.letter_pairs(given | lower) -%}
    {%- set rated = [] -%}
    {%- for word in words -%}
        {%- set others = cdp.letter_pairs(word) -%}
        {%- set shared = pairs | select('in', others) | list | length -%}
        {%- set nearness = 1 if elsewhere.get(given | lower) == word
            else 2 * shared / ([pairs | length + others | length, 1] | max) -%}
        {%- do rated.append([-nearness, word]) -%}
    {%- endfor -%}
    {%- set sorted_words = [] -%}
    {%- for nearness, word in rated | sort -%}
        {%- do sorted_words.append([-nearness, word]) -%}
    {%- endfor -%}
    {{ return(sorted_words) }}
{%- endmacro %}


{#- Pairs of neighbouring letters of a word, its ends included. -#}
{% macro letter_pairs(word) -%}
    {%- set padded = ' ' ~ word ~ ' ' -%}
    {%- set pairs = [] -%}
    {%- for place in range(padded | length - 1) -%}
        {%- do pairs.append(padded[place:place + 2]) -%}
    {%- endfor -%}
    {{ return(pairs | unique | list) }}
{%- endmacro %}


{#- Stops at the first key of a mapping that is not allowed there. -#}
{% macro rule_keys(context, node, path, allowed) -%}
    {%- for key in node if key not in allowed -%}
        {%- do cdp.rule_error(context, path, "'" ~ key ~ "' is no key here", allowed, key | string) -%}
    {%- endfor -%}
{%- endmacro %}
