-- When and where somebody answers: what they opened, clicked and bought, counted by hour (UTC),
-- weekday, message channel, order channel and store. Most often wins, then the latest.
with

messages as (

    select * from {{ ref('message_events') }}
    where
        message_event_type in ('opened', 'clicked')
        and channel_code <> 'ad'
        and occurred_at < {{ cdp.as_of() }}

),

orders as (

    select * from {{ ref('orders') }} as orders
    where
        {{ cdp.is_purchase('orders', cdp.as_of()) }}
        and orders.channel_code <> 'subscription'

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

answers as (

    select
        identifier_key,
        channel_code as message_channel_code,
        cast(null as varchar) as order_channel_code,
        cast(null as varchar) as store_id,
        occurred_at
    from messages

    union all

    select
        identifier_key,
        cast(null as varchar) as message_channel_code,
        channel_code as order_channel_code,
        store_id,
        ordered_at as occurred_at
    from orders

),

preferred as (

    {%- for name, expression in {
        'channel': 'answers.message_channel_code',
        'order_channel': 'answers.order_channel_code',
        'store': 'answers.store_id',
        'hour': 'cast(cast(extract(hour from answers.occurred_at) as integer) as varchar)',
        'weekday': 'cast(cast(extract(isodow from answers.occurred_at) as integer) as varchar)',
    }.items() %}
    {{ 'union all' if not loop.first }}
    select
        identity_map.profile_id,
        cast('{{ name }}' as varchar) as preference_name,
        {{ expression }} as preference_value,
        count(*) as answer_count,
        max(answers.occurred_at) as last_answered_at
    from answers
    inner join identity_map on answers.identifier_key = identity_map.identifier_key
    where {{ expression }} is not null
    group by identity_map.profile_id, {{ expression }}
    {%- endfor %}

),

ranked as (

    select
        *,
        row_number() over (
            partition by profile_id, preference_name
            order by
                answer_count desc,
                last_answered_at desc,
                {{ cdp.binary_order('preference_value') }} asc
        ) as choice_number
    from preferred

),

final as (

    select
        profile_id,
        max(case when preference_name = 'channel' then preference_value end)
            as preferred_channel_code,
        max(case when preference_name = 'order_channel' then preference_value end)
            as preferred_order_channel_code,
        max(case when preference_name = 'store' then preference_value end) as favourite_store_id,
        cast(max(case when preference_name = 'hour' then preference_value end) as integer)
            as preferred_hour,
        cast(max(case when preference_name = 'weekday' then preference_value end) as integer)
            as preferred_weekday
    from ranked
    where choice_number = 1
    group by profile_id

)

select * from final
