-- Events come in days already counted: their history is not read again.
with

{%- set shapes = {
    'orders': 'ordered_at',
    'message_events': 'occurred_at',
    'support_tickets': 'opened_at',
    'survey_responses': 'responded_at',
    'consent_events': 'occurred_at',
    'loyalty_events': 'occurred_at',
    'subscriptions': 'started_at',
    'trait_observations': 'observed_at',
} %}

counted as (

    select
        source_name,
        source_table,
        sum(event_count) as row_count,
        sum(late_count) as late_count,
        max(received_at) as last_received_at
    from {{ ref('event_days') }}
    group by source_name, source_table

    {%- for shape, moment in shapes.items() %}

    union all

    select
        source_name,
        source_table,
        count(*) as row_count,
        sum(
            case
                when received_at > {{ moment }} + interval '{{ var("late_after_hours") }} hours'
                    then 1
                else 0
            end
        ) as late_count,
        max(received_at) as last_received_at
    from {{ ref(shape) }}
    group by source_name, source_table
    {%- endfor %}

    -- lists, of which no row is late
    {%- for shape in ['products', 'ad_spend'] %}

    union all

    select
        source_name,
        source_table,
        count(*) as row_count,
        0 as late_count,
        max(received_at) as last_received_at
    from {{ ref(shape) }}
    group by source_name, source_table
    {%- endfor %}

),

used as (

    select
        source_name,
        source_table,
        sum(row_count) as row_count,
        sum(late_count) as late_count,
        max(last_received_at) as last_received_at
    from counted
    group by source_name, source_table

),

refused as (

    select
        source_name,
        source_table,
        sum(case when reason_code = 'duplicate_key' then 0 else 1 end) as invalid_count,
        sum(case when reason_code = 'duplicate_key' then 1 else 0 end) as duplicate_count
    from {{ ref('quarantined_rows') }}
    group by source_name, source_table

),

-- A source of which nothing could be used is the one to look at, and is in no shape.
unused as (

    select
        refused.source_name,
        refused.source_table,
        0 as row_count,
        0 as late_count,
        cast(null as timestamp) as last_received_at
    from refused
    left join used on refused.source_name = used.source_name
    where used.source_name is null

),

seen as (

    select * from used
    union all
    select * from unused

),

final as (

    select
        seen.source_name,
        seen.source_table,
        cast(seen.row_count as bigint) as row_count,
        cast(coalesce(refused.invalid_count, 0) as bigint) as invalid_count,
        cast(coalesce(refused.duplicate_count, 0) as bigint) as duplicate_count,
        cast(seen.late_count as bigint) as late_count,
        {{ cdp.ratio(
            'seen.row_count', '(seen.row_count + coalesce(refused.invalid_count, 0))',
        ) }} as validity_rate,
        {{ cdp.ratio(
            'coalesce(refused.duplicate_count, 0)',
            '(seen.row_count + coalesce(refused.duplicate_count, 0))',
        ) }} as duplicate_rate,
        {{ cdp.ratio('seen.late_count', 'seen.row_count') }} as late_rate,
        {{ cdp.ratio(
            'extract(epoch from (' ~ cdp.as_of() ~ ' - seen.last_received_at))', 3600,
        ) }} as freshness_hours,
        seen.last_received_at
    from seen
    left join refused
        on
            seen.source_name = refused.source_name
            and seen.source_table = refused.source_table

)

select * from final
