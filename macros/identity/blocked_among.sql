{#-
    Which of some identifiers the static blocklist refuses: a select of identifier_key.

    keys: a CTE of identifier_key; sightings, blocklist: CTEs of int_identity__sightings and of the seed.

    Patterns are tried on values that are grouped before: DuckDB would else try them on every sighting
    first and look for the keys then (10 M events: 60 s, 2026-11-27).
-#}
{% macro blocked_among(keys, sightings, blocklist) -%}
    select valued.identifier_key
    from (
        select
            seen.identifier_key,
            seen.identifier_type,
            seen.identifier_normalised
        from {{ sightings }} as seen
        inner join {{ keys }} as wanted on seen.identifier_key = wanted.identifier_key
        where seen.kind_code = 'identifier'
        group by seen.identifier_key, seen.identifier_type, seen.identifier_normalised
    ) as valued
    inner join {{ blocklist }} as refused
        on
            valued.identifier_type = refused.identifier_type
            and {{ cdp.regexp_like_column('valued.identifier_normalised', 'refused.value_pattern') }}
    group by valued.identifier_key
{%- endmacro %}
