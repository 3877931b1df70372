{#-
    Who was this identifier on a date: a select of identifier_key and profile_id as the map stood then.

    moment: a timestamp expression, e.g. "timestamp '2026-03-01 00:00:00'"; rows that began then count.
    Returns a select from identity_map_history, one row per identifier known at that moment.
-#}
{% macro identity_map_on(moment) -%}
    select
        history.identifier_key,
        history.profile_id
    from {{ ref('identity_map_history') }} as history
    where
        history.valid_from_at <= {{ moment }}
        and (history.valid_to_at is null or history.valid_to_at > {{ moment }})
{%- endmacro %}
