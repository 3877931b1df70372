-- Flat and short, for the side panel of a help desk: who is this, what did they buy and ask, and
-- what must not be done.
with

profiles as (

    select * from {{ ref('profiles') }}
    where profile_kind = 'known'

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

orders as (

    select * from {{ ref('orders') }}
    where
        not is_test
        and ordered_at < {{ cdp.as_of() }}

),

tickets as (

    select * from {{ ref('support_tickets') }}
    where opened_at < {{ cdp.as_of() }}

),

ranked_orders as (

    select
        identity_map.profile_id,
        cast(cast(orders.ordered_at as date) as varchar)
        || ' ' || orders.order_id || ': ' || cast(orders.total_amount as varchar)
        || coalesce(' ' || orders.currency_code, '')
        || ' (' || coalesce(orders.channel_code, 'unknown') || ', ' || orders.status_code || ')'
            as order_text,
        row_number() over (
            partition by identity_map.profile_id
            order by
                orders.ordered_at desc,
                {{ cdp.binary_order('orders.source_name') }} asc,
                {{ cdp.binary_order('orders.order_id') }} asc
        ) as place
    from orders
    inner join identity_map on orders.identifier_key = identity_map.identifier_key

),

last_orders as (

    select
        profile_id,
        string_agg(order_text, '; ' order by place) as last_orders_text
    from ranked_orders
    where place <= 3
    group by profile_id

),

ranked_tickets as (

    select
        identity_map.profile_id,
        cast(cast(tickets.opened_at as date) as varchar)
        || ' ' || coalesce(tickets.subject_text, 'without a subject')
        || coalesce(' - "' || tickets.last_question_text || '"', '')
        || ' (' || tickets.status_code || ')' as ticket_text,
        tickets.status_code <> 'solved' as is_open,
        row_number() over (
            partition by identity_map.profile_id
            order by
                case when tickets.status_code <> 'solved' then 0 else 1 end asc,
                tickets.opened_at desc,
                {{ cdp.binary_order('tickets.source_name') }} asc,
                {{ cdp.binary_order('tickets.ticket_id') }} asc
        ) as place
    from tickets
    inner join identity_map on tickets.identifier_key = identity_map.identifier_key

),

questions as (

    select
        profile_id,
        string_agg(case when is_open then ticket_text end, '; ' order by place)
            as open_questions_text,
        string_agg(case when not is_open then ticket_text end, '; ' order by place)
            as past_questions_text
    from ranked_tickets
    where place <= 5
    group by profile_id

),

{%- set named = {'email': 'e-mail', 'sms': 'text', 'push': 'push', 'whatsapp': 'WhatsApp'} %}
{%- set words = [] %}
{%- for channel, word in named.items() %}
{%- do words.append(
    "case when profiles.is_" ~ channel ~ "_reachable then ', " ~ word ~ "' else '' end"
) %}
{%- endfor %}
{%- set allowed = 'substr(' ~ words | join(' || ') ~ ', 3)' %}

final as (

    select
        profiles.profile_id,
        profiles.full_name,
        profiles.email,
        profiles.phone,
        profiles.language_code,
        profiles.lifecycle_stage_code,
        profiles.loyalty_tier_code,
        profiles.preferred_channel_code,
        profiles.nps_class_code,
        profiles.sentiment_code,
        profiles.subscription_plan_name,
        profiles.last_product_name,
        last_orders.last_orders_text,
        questions.open_questions_text,
        questions.past_questions_text,
        case
            when profiles.reachable_channel_count > 0
                then 'Marketing allowed by ' || {{ allowed }}
            when profiles.is_suppressed then 'Do not contact for marketing'
            else 'No consent to marketing'
        end as consent_text,
        case
            when profiles.open_ticket_count > 0 and profiles.nps_class_code = 'detractor'
                then 'high'
            when
                profiles.open_ticket_count > 0
                or profiles.nps_class_code = 'detractor'
                or profiles.bad_satisfaction_count > 0
                or profiles.is_subscription_cancelling
                or profiles.lifecycle_stage_code = 'lapsing'
                then 'raised'
            else 'low'
        end as risk_code,
        profiles.order_count,
        profiles.open_ticket_count,
        profiles.loyalty_points,
        profiles.net_revenue_amount,
        profiles.last_ordered_at,
        profiles.last_ticket_at
    from profiles
    left join last_orders on profiles.profile_id = last_orders.profile_id
    left join questions on profiles.profile_id = questions.profile_id

)

select * from final
