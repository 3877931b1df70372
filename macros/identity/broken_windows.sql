{#-
    The windows in which a component has more identifiers than a limit with a window allows.

    counted: a CTE with component_id, limit_code, max_count, window_days and counted_on, one row per
    identifier that counts; rows without window_days are left out.
    Returns a select: component_id, limit_code, max_count, window_days, starts_on, identifier_count.

    A window begins on a day on which the component counts something: of any window that breaks the
    limit, the one that begins on its first such day breaks it as well. A part of a component counts
    nowhere more than the whole, so a window that is not returned cannot be broken by a part of it.
-#}
{% macro broken_windows(counted) -%}
    with

    -- The others need no look at their days.
    crowded as (

        select
            component_id,
            limit_code
        from {{ counted }}
        where window_days is not null
        group by component_id, limit_code, max_count
        having count(counted_on) > max_count

    ),

    days as (

        select
            counted.component_id,
            counted.limit_code,
            counted.max_count,
            counted.window_days,
            counted.counted_on,
            count(*) as identifier_count
        from {{ counted }} as counted
        inner join crowded
            on
                counted.component_id = crowded.component_id
                and counted.limit_code = crowded.limit_code
        where counted.counted_on is not null
        group by
            counted.component_id,
            counted.limit_code,
            counted.max_count,
            counted.window_days,
            counted.counted_on

    )

    select
        starts.component_id,
        starts.limit_code,
        starts.max_count,
        starts.window_days,
        starts.counted_on as starts_on,
        cast(sum(days.identifier_count) as integer) as identifier_count
    from days as starts
    inner join days
        on
            starts.component_id = days.component_id
            and starts.limit_code = days.limit_code
            and starts.window_days = days.window_days
            and days.counted_on >= starts.counted_on
            and days.counted_on - starts.counted_on < starts.window_days
    group by
        starts.component_id,
        starts.limit_code,
        starts.max_count,
        starts.window_days,
        starts.counted_on
    having sum(days.identifier_count) > starts.max_count
{%- endmacro %}


{#- Whether a limited node counts in a window: a condition. Both are relations with limit_code; node
    has counted_on, broken has starts_on and window_days. -#}
{% macro is_in_window(node, broken) -%}
    {{ node }}.limit_code = {{ broken }}.limit_code
    and {{ node }}.counted_on >= {{ broken }}.starts_on
    and {{ node }}.counted_on - {{ broken }}.starts_on < {{ broken }}.window_days
{%- endmacro %}
