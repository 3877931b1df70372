{#-
    What people said, of a CTE made from a stg_ model: its rows that can be used, all copies of them,
    and the refusals among the others. Somebody's no must not be lost because its time cannot be read,
    a field is empty, another copy of its record says yes or the source deleted it; it stays in
    quarantine all the same, for people to mend. A select of the CTE's columns and stated_at, one row
    per statement.

    relation: a CTE with record_key, received_at and the quarantine columns of `landed_metadata`.
    refusal: condition under which a row is somebody's no and it is known whose.
    clock: the column that says when it was said; of a row in quarantine it is not believed, and the
        no counts from the moment it was loaded, or from now if that is not known either.
    named_by: the columns that name a statement, where a record makes several.

    Of several copies of a record a yes counts only if it came after every no: loaded later and not
    said earlier, or loaded together and said later. So neither a load of the whole history, in any
    order, nor an old copy that comes again takes a no back. Of several noes the one loaded last
    counts, from the latest moment that any of them names.
-#}
{% macro statements_heeded(relation, refusal, clock, named_by='record_key') -%}
    {%- set loaded_at = "coalesce(received_at, timestamp '1900-01-01 00:00:00')" -%}
    select *
    from (
        select
            compared.*,
            case
                when clock_at is null then coalesce(received_at, {{ cdp.as_of() }})
                when is_no then last_no_at
                else clock_at
            end as stated_at,
            row_number() over (
                partition by {{ named_by }}
                order by
                    case when is_no then 0 else 1 end,
                    received_at desc nulls last,
                    clock_at desc nulls last,
                    case when quarantine_reason is null then 0 else 1 end,
                    {{ cdp.binary_order('quarantine_payload_json') }}
            ) as heeded_copy
        from (
            select
                copies.*,
                max(case when not is_no then {{ loaded_at }} end) over same_record
                    as yes_loaded_at,
                max(case when not is_no then clock_at end) over same_record as last_yes_at,
                max(case when is_no then clock_at end) over same_record as last_no_at
            from (
                select
                    {{ relation }}.*,
                    coalesce({{ refusal }}, false) as is_no,
                    case
                        when
                            coalesce(quarantine_reason, 'duplicate_key')
                            in ('duplicate_key', 'deleted_at_source')
                            then {{ clock }}
                    end as clock_at
                from {{ relation }}
                where
                    coalesce(quarantine_reason, 'duplicate_key') = 'duplicate_key'
                    or (
                        quarantine_reason in (
                            'unparsable_value', 'impossible_time', 'missing_value',
                            'deleted_at_source'
                        )
                        and {{ refusal }}
                    )
            ) as copies
            window same_record as (partition by {{ named_by }})
        ) as compared
        where
            not is_no
            or yes_loaded_at is null
            or yes_loaded_at < {{ loaded_at }}
            or (yes_loaded_at = {{ loaded_at }} and last_yes_at <= clock_at)
            or (yes_loaded_at = {{ loaded_at }} and clock_at is null)
            or last_yes_at < clock_at
    ) as heeded
    where heeded_copy = 1
{%- endmacro %}
