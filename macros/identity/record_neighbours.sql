{#-
    Identifiers that share a record with some, and these themselves: a select of identifier_key. Values
    of the static blocklist have no neighbours; nobody is judged by what stands beside them.

    keys, blocked: CTEs of identifier_key; sightings: a CTE of int_identity__sightings.
-#}
{% macro record_neighbours(keys, sightings, blocked) -%}
    select far_end.identifier_key
    from {{ sightings }} as near_end
    inner join {{ keys }} as wanted on near_end.identifier_key = wanted.identifier_key
    inner join {{ sightings }} as far_end
        on
            near_end.record_id = far_end.record_id
            and far_end.kind_code = 'identifier'
    left join {{ blocked }} as silent on near_end.identifier_key = silent.identifier_key
    where
        near_end.kind_code = 'identifier'
        and silent.identifier_key is null

    union

    select identifier_key
    from {{ keys }}
{%- endmacro %}
