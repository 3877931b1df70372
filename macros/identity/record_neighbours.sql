{#-
    Identifiers that share a record with some, and these themselves: a select of identifier_key. Values
    of the static blocklist have no neighbours; nobody is judged by what stands beside them.

    keys, blocked: CTEs of identifier_key; sightings: a CTE of int_identity__sightings.

    The keys are few and the sightings many. Conditions, which no engine takes apart, say in which order
    they meet; of joins DuckDB pairs all sightings with one another first.
-#}
{% macro record_neighbours(keys, sightings, blocked) -%}
    select beside.identifier_key
    from {{ sightings }} as beside
    where
        beside.kind_code = 'identifier'
        and beside.record_id in (
            select near_end.record_id
            from {{ sightings }} as near_end
            where
                near_end.kind_code = 'identifier'
                and near_end.identifier_key in (
                    select wanted.identifier_key
                    from {{ keys }} as wanted
                    left join {{ blocked }} as silent
                        on wanted.identifier_key = silent.identifier_key
                    where silent.identifier_key is null
                )
        )

    union

    select identifier_key
    from {{ keys }}
{%- endmacro %}
