{#-
    Why the static blocklist refuses an identifier: an expression, the first reason by its letters; null
    where it does not. Capitals do not matter: a program's word for nobody is None in one language and
    NULL in another. Reasons of the type go before those of type `any`, which hold for every type.

    The patterns are read from the seed when the model is compiled, and written out: a pattern that is
    a column's value is compiled for every row (1.2 M identifiers on DuckDB: 8 of 11 s, 2026-11-28).

    identifier_type, normalised: expressions.
-#}
{% macro blocked_reason(identifier_type, normalised) -%}
    {#- Also while parsing, so that dbt knows what it reads. -#}
    {%- set blocklist = ref('identifier_blocklist') -%}
    {%- set patterns = {} -%}
    {%- if execute and load_relation(blocklist) -%}
        {%- set rows = run_query(
            'select identifier_type, value_pattern, reason from ' ~ blocklist ~ ' order by '
            ~ cdp.binary_order('reason') ~ ', ' ~ cdp.binary_order('value_pattern')
        ).rows -%}
        {%- for row in rows -%}
            {%- do patterns.setdefault(row[0], []).append([row[1], row[2]]) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if not patterns -%}
    cast(null as varchar)
    {%- else -%}
    {%- set of_any = patterns.pop('any', []) -%}
    coalesce(
        case
            when {{ identifier_type }} is null then null
            {%- for type_code in patterns | sort %}
            when {{ identifier_type }} = '{{ type_code }}'
                then {{ cdp.first_reason(normalised, patterns[type_code]) }}
            {%- endfor %}
        end,
        {{ cdp.first_reason(normalised, of_any) }}
    )
    {%- endif -%}
{%- endmacro %}


{#- The reason of the first pattern that a value matches: an expression, null where it matches none.
    normalised: expression; patterns: a list of [pattern, reason]. #}
{% macro first_reason(normalised, patterns) -%}
    case
        when {{ normalised }} is null then null
        {%- for pattern, reason in patterns %}
        when {{ cdp.regexp_like(normalised, pattern | replace("'", "''"), any_case=true) }}
            then '{{ reason | replace("'", "''") }}'
        {%- endfor %}
    end
{%- endmacro %}


{#-
    Which of some identifiers the static blocklist refuses: a select of identifier_key.

    keys: a CTE of identifier_key; sightings: a CTE of int_identity__sightings.

    A key has one type and one value. They are aggregated, not grouped by, so that no engine tries the
    patterns on every sighting before it looks for the keys.
-#}
{% macro blocked_among(keys, sightings) -%}
    select valued.identifier_key
    from (
        select
            seen.identifier_key,
            min(seen.identifier_type) as identifier_type,
            min(seen.identifier_normalised) as identifier_normalised
        from {{ sightings }} as seen
        where
            seen.kind_code = 'identifier'
            and not seen.is_gone
            and seen.identifier_key in (select wanted.identifier_key from {{ keys }} as wanted)
        group by seen.identifier_key
    ) as valued
    where {{ cdp.blocked_reason('valued.identifier_type', 'valued.identifier_normalised') }} is not null
{%- endmacro %}
