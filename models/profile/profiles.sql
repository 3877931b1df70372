{#- Wide by purpose: one row answers what every team asks. Each block comes from one roll-up. -#}
with

identifiers as (

    select * from {{ ref('int_profile__identifiers_rolled_up') }}

),

traits as (

    select
        profile_id,
        {% for trait in [
            'first_name', 'last_name', 'gender_code', 'birth_date', 'city', 'region',
            'postal_code', 'country_code', 'language_code', 'job_title', 'company_name',
        ] %}
    max(case when trait_name = '{{ trait }}' then trait_value end) as {{ trait }}
    {{- ',' if not loop.last }}
    {% endfor %}
    from {{ ref('profile_traits') }}
    group by profile_id

),

orders as (

    select * from {{ ref('int_profile__orders_rolled_up') }}

),

subscriptions as (

    select * from {{ ref('int_profile__subscriptions_rolled_up') }}

),

events as (

    select * from {{ ref('int_profile__events_rolled_up') }}

),

messages as (

    select * from {{ ref('int_profile__messages_rolled_up') }}

),

service as (

    select * from {{ ref('int_profile__service_rolled_up') }}

),

surveys as (

    select * from {{ ref('int_profile__surveys_rolled_up') }}

),

loyalty as (

    select * from {{ ref('int_profile__loyalty_rolled_up') }}

),

email_permissions as (

    select profile_id
    from {{ ref('contact_permissions') }}
    where
        purpose_code = 'marketing'
        and channel_code = 'email'

),

final as (

    select
        identifiers.profile_id,

        -- identity and contact
        case
            when identifiers.has_known_identifier then 'known'
            when identifiers.has_admitted_identifier then 'anonymous'
            else 'unresolved'
        end as profile_kind,
        identifiers.user_id,
        identifiers.email,
        identifiers.phone,
        identifiers.loyalty_id,
        traits.first_name,
        traits.last_name,
        traits.gender_code,
        traits.birth_date as birth_date_text,
        traits.city,
        traits.region,
        traits.postal_code,
        traits.country_code,
        traits.language_code,
        traits.job_title,
        traits.company_name,

        -- codes
        case
            when not identifiers.has_known_identifier then 'visitor'
            when coalesce(orders.order_count, 0) = 0 then 'prospect'
            when orders.last_ordered_at <= {{ cdp.days_ago('lapsed_after_days') }} then 'lapsed'
            when orders.last_ordered_at <= {{ cdp.days_ago('lapsing_after_days') }} then 'lapsing'
            when orders.order_count = 1 then 'new'
            else 'active'
        end as lifecycle_stage_code,
        case
            when surveys.last_nps_score >= 9 then 'promoter'
            when surveys.last_nps_score >= 7 then 'passive'
            when surveys.last_nps_score >= 0 then 'detractor'
        end as nps_class_code,
        service.last_satisfaction_code,
        loyalty.loyalty_tier_code,

        -- counts and amounts
        identifiers.identifier_count,
        identifiers.email_count,
        identifiers.device_count,
        coalesce(orders.order_count, 0) as order_count,
        coalesce(orders.order_30_days_count, 0) as order_30_days_count,
        coalesce(orders.order_90_days_count, 0) as order_90_days_count,
        coalesce(orders.order_365_days_count, 0) as order_365_days_count,
        coalesce(orders.store_order_count, 0) as store_order_count,
        coalesce(orders.online_order_count, 0) as online_order_count,
        coalesce(orders.net_revenue_amount, 0) as net_revenue_amount,
        coalesce(orders.net_revenue_365_days_amount, 0) as net_revenue_365_days_amount,
        coalesce(orders.refund_amount, 0) as refund_amount,
        coalesce(orders.discount_amount, 0) as discount_amount,
        coalesce(subscriptions.subscription_count, 0) as subscription_count,
        coalesce(subscriptions.active_subscription_count, 0) as active_subscription_count,
        coalesce(events.event_count, 0) as event_count,
        coalesce(events.page_view_count, 0) as page_view_count,
        coalesce(events.product_view_count, 0) as product_view_count,
        coalesce(events.add_to_cart_count, 0) as add_to_cart_count,
        coalesce(events.checkout_started_count, 0) as checkout_started_count,
        coalesce(events.store_visit_count, 0) as store_visit_count,
        coalesce(events.event_30_days_count, 0) as event_30_days_count,
        coalesce(events.product_view_30_days_count, 0) as product_view_30_days_count,
        coalesce(events.active_day_count, 0) as active_day_count,
        coalesce(messages.message_delivered_90_days_count, 0) as message_delivered_90_days_count,
        coalesce(messages.message_opened_90_days_count, 0) as message_opened_90_days_count,
        coalesce(messages.message_clicked_90_days_count, 0) as message_clicked_90_days_count,
        coalesce(service.ticket_count, 0) as ticket_count,
        coalesce(service.open_ticket_count, 0) as open_ticket_count,
        coalesce(surveys.review_count, 0) as review_count,
        surveys.last_nps_score,
        surveys.average_review_score,
        coalesce(loyalty.loyalty_points, 0) as loyalty_points,

        -- may we write?
        identifiers.email is not null as is_email_known,
        email_permissions.profile_id is not null as is_email_marketing_permitted,

        -- moments
        identifiers.first_seen_at,
        identifiers.last_seen_at,
        orders.first_ordered_at,
        orders.last_ordered_at,
        subscriptions.next_renewal_at,
        events.last_event_at,
        events.last_checkout_abandoned_at,
        events.last_store_visit_at,
        messages.last_message_engaged_at,
        service.last_ticket_at,
        surveys.last_survey_at
    from identifiers
    left join traits on identifiers.profile_id = traits.profile_id
    left join orders on identifiers.profile_id = orders.profile_id
    left join subscriptions on identifiers.profile_id = subscriptions.profile_id
    left join events on identifiers.profile_id = events.profile_id
    left join messages on identifiers.profile_id = messages.profile_id
    left join service on identifiers.profile_id = service.profile_id
    left join surveys on identifiers.profile_id = surveys.profile_id
    left join loyalty on identifiers.profile_id = loyalty.profile_id
    left join email_permissions on identifiers.profile_id = email_permissions.profile_id

)

select * from final
