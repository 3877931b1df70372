{#-
    What people said, of a CTE made from a stg_ model: its usable rows and, of those in quarantine,
    the refusals. Somebody's no must not be lost because its time cannot be read or a field is empty;
    it stays in quarantine all the same, for people to mend. A select of the CTE's columns and
    stated_at, one row per record_key.

    relation: a CTE with record_key, received_at and the quarantine columns of `landed_metadata`.
    refusal: condition under which a row is somebody's no and it is known whose.
    clock: the column that says when it was said; of a row in quarantine it is not believed, and the
        no counts from the moment it was loaded, or from now if that is not known either.

    Of several copies of a record the one loaded last counts; of those loaded together, a no.
-#}
{% macro statements_heeded(relation, refusal, clock) -%}
    select *
    from (
        select
            {{ relation }}.*,
            case
                when quarantine_reason is null then {{ clock }}
                else coalesce(received_at, {{ cdp.as_of() }})
            end as stated_at,
            row_number() over (
                partition by record_key
                order by
                    received_at desc nulls last,
                    case when {{ refusal }} then 0 else 1 end,
                    case when quarantine_reason is null then 0 else 1 end,
                    {{ cdp.binary_order('quarantine_payload_json') }}
            ) as heeded_copy
        from {{ relation }}
        where
            quarantine_reason is null
            or (
                quarantine_reason in ('unparsable_value', 'impossible_time', 'missing_value')
                and {{ refusal }}
            )
    ) as heeded
    where heeded_copy = 1
{%- endmacro %}
