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

final as (

    select
        used.source_name,
        used.source_table,
        cast(used.row_count as bigint) as row_count,
        cast(coalesce(refused.invalid_count, 0) as bigint) as invalid_count,
        cast(coalesce(refused.duplicate_count, 0) as bigint) as duplicate_count,
        cast(used.late_count as bigint) as late_count,
        {{ cdp.ratio(
            'used.row_count', '(used.row_count + coalesce(refused.invalid_count, 0))',
        ) }} as validity_rate,
        {{ cdp.ratio(
            'coalesce(refused.duplicate_count, 0)',
            '(used.row_count + coalesce(refused.duplicate_count, 0))',
        ) }} as duplicate_rate,
        {{ cdp.ratio('used.late_count', 'used.row_count') }} as late_rate,
        {{ cdp.ratio(
            'extract(epoch from (' ~ cdp.as_of() ~ ' - used.last_received_at))', 3600,
        ) }} as freshness_hours,
        used.last_received_at
    from used
    left join refused
        on
            used.source_name = refused.source_name
            and used.source_table = refused.source_table

)

select * from final
