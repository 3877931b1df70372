{#- Wide by purpose: one row answers what every team asks. Each block comes from one roll-up. -#}
{%- set families = {
    'identifiers': 'int_profile__identifiers_rolled_up',
    'traits': 'int_profile__traits_rolled_up',
    'consent': 'int_profile__consent_rolled_up',
    'orders': 'int_profile__orders_rolled_up',
    'order_lines': 'int_profile__lines_rolled_up',
    'subscriptions': 'int_profile__subscriptions_rolled_up',
    'events': 'int_profile__events_rolled_up',
    'facets': 'int_profile__facets_rolled_up',
    'devices': 'int_profile__devices_rolled_up',
    'messages': 'int_profile__messages_rolled_up',
    'service': 'int_profile__service_rolled_up',
    'surveys': 'int_profile__surveys_rolled_up',
    'loyalty': 'int_profile__loyalty_rolled_up',
    'affinities': 'int_profile__affinities_rolled_up',
    'preferences': 'int_profile__preferences_rolled_up',
    'rfm': 'int_profile__rfm_scored',
    'predictions': 'int_profile__predictions_rolled_up',
    'households': 'households',
    'interests': 'profile_interest_clusters',
} -%}
{%- set as_of = cdp.as_of() -%}
{%- set counts = {
    'orders': [
        'order_count', 'order_7_days_count', 'order_30_days_count', 'order_90_days_count',
        'order_365_days_count', 'store_order_count', 'online_order_count',
        'subscription_order_count', 'refunded_order_count', 'discounted_order_count',
        'cancelled_order_count', 'net_revenue_amount', 'net_revenue_7_days_amount',
        'net_revenue_30_days_amount', 'net_revenue_90_days_amount', 'net_revenue_365_days_amount',
        'net_revenue_previous_365_days_amount', 'refund_amount', 'refund_365_days_amount',
        'discount_amount',
    ],
    'order_lines': ['item_count', 'product_count', 'margin_amount', 'margin_365_days_amount'],
    'subscriptions': [
        'subscription_count', 'active_subscription_count', 'trial_subscription_count',
        'recurring_month_amount',
    ],
    'events': [
        'event_count', 'event_7_days_count', 'event_30_days_count', 'event_90_days_count',
        'event_365_days_count', 'web_event_count', 'app_event_count', 'app_event_30_days_count',
        'social_event_count', 'page_view_count', 'page_view_30_days_count', 'product_view_count',
        'product_view_7_days_count', 'product_view_30_days_count', 'search_count',
        'search_30_days_count', 'add_to_cart_count', 'add_to_cart_30_days_count',
        'checkout_started_count', 'checkout_abandoned_count', 'form_submitted_count',
        'store_visit_count', 'store_visit_90_days_count', 'active_day_count',
        'active_day_30_days_count',
    ],
    'messages': [
        'message_delivered_90_days_count', 'message_opened_90_days_count',
        'message_clicked_90_days_count', 'email_delivered_90_days_count',
        'email_opened_90_days_count', 'email_clicked_90_days_count',
        'sms_delivered_90_days_count', 'sms_clicked_90_days_count',
        'push_delivered_90_days_count', 'push_opened_90_days_count', 'push_clicked_90_days_count',
        'whatsapp_delivered_90_days_count', 'whatsapp_opened_90_days_count',
        'whatsapp_clicked_90_days_count', 'message_delivered_count', 'message_bounced_count',
        'message_complained_count', 'message_unsubscribed_count',
    ],
    'service': [
        'ticket_count', 'open_ticket_count', 'ticket_90_days_count', 'bad_satisfaction_count',
    ],
    'surveys': ['nps_response_count', 'review_count'],
    'loyalty': [
        'loyalty_points', 'loyalty_points_earned_365_days', 'loyalty_points_redeemed',
        'loyalty_points_expiring_30_days',
    ],
    'traits': ['trait_conflict_count'],
} -%}
with

{% for family, model in families.items() -%}
{{ family }} as (

    select * from {{ ref(model) }}

),

{% endfor -%}
loyalty_tiers as (

    select * from {{ ref('loyalty_tiers') }}

),

next_tiers as (

    select
        reached.tier_code,
        above.tier_code as next_tier_code,
        above.min_points
    from loyalty_tiers as reached
    inner join loyalty_tiers as above on reached.tier_number + 1 = above.tier_number

),

buyer_stages as (

    select * from {{ ref('lifecycle_transitions') }}
    where left_at is null

),

employers as (

    select * from {{ ref('account_people') }}
    where account_place = 1

),

accounts as (

    select * from {{ ref('accounts') }}

),

trait_sources as (

    select
        profile_id,
        cast(count(distinct source_name) as integer) as source_count
    from {{ ref('profile_trait_statements') }}
    group by profile_id

),

-- The latest word counts; of one moment the gravest.
opinions as (

    select
        profile_id,
        last_nps_at as stated_at,
        case when last_nps_score >= 9 then 3 when last_nps_score >= 7 then 2 else 1 end as verdict
    from surveys
    where last_nps_score is not null

    union all

    select
        profile_id,
        last_review_at as stated_at,
        case when last_review_score >= 4 then 3 when last_review_score >= 3 then 2 else 1 end
            as verdict
    from surveys
    where last_review_score is not null

    union all

    select
        profile_id,
        last_satisfaction_at as stated_at,
        case when last_satisfaction_code = 'good' then 3 else 1 end as verdict
    from service
    where last_satisfaction_code is not null

),

ranked_opinions as (

    select
        profile_id,
        verdict,
        row_number() over (
            partition by profile_id
            order by stated_at desc, verdict asc
        ) as opinion_number
    from opinions

),

sentiments as (

    select
        profile_id,
        verdict
    from ranked_opinions
    where opinion_number = 1

),

discount_shares as (

    select
        sum(discounted_order_count) as discounted_order_count,
        sum(order_count) as order_count
    from orders

),

shopping as (

    select
        profile_id,
        {{ cdp.ratio(
            'extract(epoch from (last_shopped_at - first_shopped_at))',
            '(86400 * (shopping_day_count - 1))',
        ) }} as order_interval_days,
        last_shopped_at
    from orders
    where shopping_day_count > 1

),

expected as (

    select
        profile_id,
        order_interval_days,
        last_shopped_at
        + cast(ceil(order_interval_days) as integer) * interval '1 day' as next_order_expected_at
    from shopping

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
        {{- cdp.columns_of('identifiers', [
            'user_id', 'email', 'email_alternates_text', 'phone', 'phone_alternates_text',
            'loyalty_id', 'weakest_class_code', 'identifier_count', 'email_count', 'phone_count',
            'device_count', 'is_email_verified', 'first_seen_at', 'last_seen_at',
        ]) }}
        split_part(identifiers.email, '@', 2) as email_domain_name,
        identifiers.email is not null as is_email_known,
        identifiers.phone is not null as is_phone_known,

        -- demographics and location
        {{- cdp.columns_of('traits', [
            'first_name', 'last_name', 'gender_code', 'birth_date_text', 'birth_date', 'age_years',
            'birthday_in_days', 'street', 'city', 'region', 'postal_code', 'country_code',
            'language_code', 'job_title', 'company_name', 'home_store_id',
        ]) }}
        nullif(
            trim(coalesce(traits.first_name, '') || ' ' || coalesce(traits.last_name, '')), ''
        ) as full_name,
        employers.account_id,
        accounts.account_name,

        -- consent
        {%- for name in [
            'marketing_email', 'marketing_sms', 'marketing_push', 'marketing_whatsapp',
            'advertising', 'personalisation', 'analytics',
        ] %}
        case consent.{{ name }}_strictness
            when 2 then 'denied'
            when 1 then 'granted'
            else 'unknown'
        end as {{ name }}_consent_code,
        {%- endfor %}
        {%- for channel in ['email', 'sms', 'push', 'whatsapp'] %}
        coalesce(consent.is_marketing_{{ channel }}_permitted, false)
            as is_{{ channel }}_marketing_permitted,
        {%- endfor %}
        {%- for purpose in ['advertising', 'personalisation', 'analytics'] %}
        coalesce(consent.is_{{ purpose }}_permitted, false) as is_{{ purpose }}_permitted,
        {%- endfor %}
        coalesce(consent.is_suppressed, false) as is_suppressed,
        consent.last_consent_at,

        -- reachability: valid, consented and not suppressed
        {%- set reachable = {
            'email': 'identifiers.email is not null and not identifiers.is_email_bouncing',
            'sms': 'identifiers.phone is not null',
            'push': 'identifiers.device_count > 0',
            'whatsapp': 'identifiers.phone is not null',
        } %}
        {%- for channel, condition in reachable.items() %}
        {{ condition }}
        and coalesce(consent.is_marketing_{{ channel }}_permitted, false)
            as is_{{ channel }}_reachable,
        {%- endfor %}
        (
            identifiers.email is not null
            or identifiers.phone is not null
            or identifiers.device_count > 0
        )
        and coalesce(consent.is_advertising_permitted, false) as is_ads_reachable,
        {%- for channel, condition in reachable.items() %}
        {{ '+ ' if not loop.first }}case
            when
                {{ condition }}
                and consent.is_marketing_{{ channel }}_permitted then 1
            else 0
        end
        {%- endfor %} as reachable_channel_count,

        -- commerce
        {{- cdp.columns_of('orders', counts.orders, 0) }}
        {{- cdp.columns_of('order_lines', counts.order_lines, 0) }}
        {{ cdp.ratio(
            'orders.net_revenue_365_days_amount - orders.net_revenue_previous_365_days_amount',
            'orders.net_revenue_previous_365_days_amount',
        ) }} as revenue_change_rate,
        {{ cdp.ratio('order_lines.margin_amount', 'order_lines.costed_amount') }} as margin_rate,
        {{ cdp.ratio('orders.refund_amount', 'orders.paid_amount') }} as refund_rate,
        {{ cdp.ratio(
            'orders.discount_amount', '(orders.paid_amount + orders.discount_amount)',
        ) }} as discount_rate,
        {{ cdp.ratio('orders.discounted_order_count', 'orders.order_count') }}
            as discounted_order_rate,
        {{ cdp.ratio('orders.paid_amount', 'orders.order_count') }} as average_order_amount,
        orders.largest_order_amount,
        orders.last_order_amount,
        {{ cdp.ratio('order_lines.item_count', 'order_lines.lined_order_count') }}
            as average_item_count,
        expected.order_interval_days,
        {{ cdp.full_days_between('orders.last_ordered_at', as_of) }} as days_since_last_order,
        {{ cdp.full_days_between('orders.first_ordered_at', as_of) }} as days_since_first_order,
        {{- cdp.columns_of('orders', [
            'first_order_id', 'last_order_id', 'first_order_channel_code',
            'last_order_channel_code', 'first_ordered_at', 'last_ordered_at',
        ]) }}
        preferences.favourite_store_id,
        order_lines.last_product_name,
        coalesce(expected.next_order_expected_at < {{ as_of }}, false) as is_order_overdue,
        expected.next_order_expected_at,

        -- subscriptions
        {{- cdp.columns_of('subscriptions', counts.subscriptions, 0) }}
        {{- cdp.columns_of('subscriptions', [
            'subscription_plan_name', 'subscription_interval_code', 'first_subscribed_at',
            'next_renewal_at', 'trial_ends_at', 'last_subscription_ended_at',
        ]) }}
        coalesce(subscriptions.subscription_status_code, 'none') as subscription_status_code,
        coalesce(subscriptions.is_subscription_cancelling, false) as is_subscription_cancelling,

        -- browsing, app and stores
        {{- cdp.columns_of('events', counts.events, 0) }}
        {{- cdp.columns_of('events', [
            'first_event_at', 'last_event_at', 'last_web_event_at', 'last_app_event_at',
            'last_product_view_at', 'last_add_to_cart_at', 'last_checkout_abandoned_at',
            'last_store_visit_at',
        ]) }}
        {{ cdp.full_days_between('events.last_event_at', as_of) }} as days_since_last_event,
        facets.last_visited_store_id,
        {%- set left_cart %}
        (
            greatest(events.last_add_to_cart_at, events.last_checkout_abandoned_at)
            > coalesce(orders.last_ordered_at, cast('1900-01-01' as timestamp))
            and greatest(events.last_add_to_cart_at, events.last_checkout_abandoned_at)
            >= {{ cdp.days_ago('abandoned_within_days') }}
        )
        {%- endset %}
        {%- set left_product %}
        (
            events.last_product_view_at
            > coalesce(orders.last_ordered_at, cast('1900-01-01' as timestamp))
            and events.last_product_view_at
            > coalesce(events.last_add_to_cart_at, cast('1900-01-01' as timestamp))
            and events.last_product_view_at >= {{ cdp.days_ago('abandoned_within_days') }}
        )
        {%- endset %}
        coalesce({{ left_cart }}, false) as is_cart_abandoned,
        coalesce({{ left_product }}, false) as is_product_abandoned,
        case
            when {{ left_cart }} or {{ left_product }} then facets.last_viewed_product_id
        end as abandoned_product_id,

        -- engagement per channel
        {{- cdp.columns_of('messages', counts.messages, 0) }}
        {{- cdp.columns_of('messages', [
            'last_message_at', 'last_message_engaged_at', 'last_email_engaged_at',
            'last_sms_engaged_at', 'last_push_engaged_at', 'last_whatsapp_engaged_at',
        ]) }}
        -- what was delivered before the window and opened in it would make more than one
        {%- for kind in ['open', 'click'] %}
        case
            when
                messages.email_delivered_90_days_count > 0
                and messages.email_{{ kind }}ed_90_days_count
                > messages.email_delivered_90_days_count
                then cast(1 as numeric(18, 2))
            else {{ cdp.ratio(
                'messages.email_' ~ kind ~ 'ed_90_days_count',
                'messages.email_delivered_90_days_count',
            ) }}
        end as email_{{ kind }}_rate,
        {%- endfor %}
        messages.last_message_engaged_at is not null as is_ever_engaged,

        -- acquisition
        {{- cdp.columns_of('facets', [
            'first_touch_source_name', 'first_touch_medium_name', 'first_touch_campaign_name',
            'last_touch_source_name', 'last_touch_medium_name', 'last_touch_campaign_name',
            'first_touch_at', 'last_touch_at', 'device_type_code',
        ]) }}

        -- service, surveys and sentiment
        {{- cdp.columns_of('service', counts.service, 0) }}
        {{- cdp.columns_of('service', [
            'average_solve_hours', 'last_satisfaction_code', 'last_ticket_subject_text',
            'last_question_text', 'last_ticket_at',
        ]) }}
        {{- cdp.columns_of('surveys', counts.surveys, 0) }}
        {{- cdp.columns_of('surveys', [
            'last_nps_score', 'last_csat_score', 'average_review_score', 'last_review_score',
            'last_survey_at',
        ]) }}
        case
            when surveys.last_nps_score >= 9 then 'promoter'
            when surveys.last_nps_score >= 7 then 'passive'
            when surveys.last_nps_score >= 0 then 'detractor'
        end as nps_class_code,
        case sentiments.verdict
            when 3 then 'positive'
            when 2 then 'neutral'
            when 1 then 'negative'
        end as sentiment_code,

        -- loyalty
        {{- cdp.columns_of('loyalty', counts.loyalty, 0) }}
        {{- cdp.columns_of('loyalty', [
            'loyalty_tier_code', 'next_points_expire_at', 'last_loyalty_at',
        ]) }}
        next_tiers.next_tier_code as loyalty_next_tier_code,
        cast(
            case
                when next_tiers.min_points <= loyalty.loyalty_points_earned_365_days then 0
                else next_tiers.min_points - loyalty.loyalty_points_earned_365_days
            end as integer
        ) as loyalty_points_to_next_tier,
        loyalty.profile_id is not null or identifiers.loyalty_id is not null as is_loyalty_member,

        -- devices and technology
        {{- cdp.columns_of('devices', ['os_name', 'browser_name']) }}
        coalesce(events.app_event_count, 0) > 0 as is_app_user,

        -- affinities and preferences
        {{- cdp.columns_of('affinities', [
            'top_category_name', 'top_category_score', 'top_category_evidence_count',
            'second_category_name', 'top_brand_name', 'top_brand_score',
            'top_brand_evidence_count', 'top_price_band_code', 'top_price_band_score',
            'top_price_band_evidence_count', 'top_attribute_text', 'top_attribute_score',
            'top_attribute_evidence_count',
        ]) }}
        {{ cdp.ratio(
            'orders.discounted_order_count + ' ~ var('discount_prior_orders')
            ~ ' * (cast(discount_shares.discounted_order_count as double precision)'
            ~ ' / discount_shares.order_count)',
            '(nullif(orders.order_count, 0) + ' ~ var('discount_prior_orders') ~ ')',
        ) }} as discount_affinity_score,
        coalesce(orders.order_count, 0) as discount_evidence_count,
        {{- cdp.columns_of('preferences', [
            'preferred_channel_code', 'preferred_hour', 'preferred_weekday',
            'preferred_order_channel_code',
        ]) }}

        -- RFM and lifecycle
        {{- cdp.columns_of('rfm', [
            'recency_score', 'frequency_score', 'monetary_score', 'rfm_code',
        ]) }}
        coalesce(rfm.rfm_segment_code, 'none') as rfm_segment_code,
        case
            when not identifiers.has_known_identifier then 'visitor'
            else coalesce(buyer_stages.stage_code, 'prospect')
        end as lifecycle_stage_code,
        buyer_stages.previous_stage_code as previous_lifecycle_stage_code,
        coalesce(buyer_stages.entered_at, identifiers.first_seen_at) as lifecycle_stage_since_at,

        -- household
        households.household_id,
        households.household_size,

        -- data quality
        {%- set wanted = [
            'identifiers.email', 'identifiers.phone', 'traits.first_name', 'traits.birth_date',
            'traits.gender_code', 'traits.street', 'traits.city', 'traits.postal_code',
            'traits.country_code', 'traits.language_code',
        ] %}
        {{ cdp.ratio(
            '(case when ' ~ (wanted | join(' is null then 0 else 1 end + case when '))
            ~ ' is null then 0 else 1 end)',
            wanted | length,
        ) }} as profile_completeness_rate,
        {{- cdp.columns_of('traits', counts.traits, 0) }}
        coalesce(trait_sources.source_count, 0) as source_count,
        {{ cdp.full_days_between('identifiers.first_seen_at', as_of) }} as profile_age_days,
        {{ cdp.full_days_between('identifiers.last_seen_at', as_of) }} as profile_freshness_days,

        -- predictions: null until there is a model
        {{- cdp.columns_of('predictions', [
            'predicted_revenue_365_days_amount', 'predicted_order_365_days_count',
            'predicted_days_to_order', 'purchase_7_days_probability_rate',
            'purchase_probability_rate', 'first_order_probability_rate', 'order_uplift_rate',
            'churn_probability_rate', 'subscription_churn_probability_rate',
            'email_click_probability_rate', 'sms_click_probability_rate',
            'push_click_probability_rate', 'whatsapp_click_probability_rate',
            'predicted_discount_affinity_score', 'lead_conversion_rate',
            'lead_conversion_band_code',
        ]) }}
        interests.cluster_code as predicted_interest_cluster_code,
        interests.cluster_name as predicted_interest_cluster_name,
        {%- set responses = {} %}
        {%- for channel, condition in reachable.items() %}
        {%- do responses.update({channel: 'case when ' ~ condition ~ ' and consent.is_marketing_'
            ~ channel ~ '_permitted then coalesce(predictions.' ~ channel
            ~ '_click_probability_rate, -1) else -1 end'}) %}
        {%- endfor %}
        {%- set best = 'greatest(' ~ responses.values() | join(', ') ~ ')' %}
        cast(
            case
                when {{ best }} = -1 then null
                {%- for channel, response in responses.items() %}
                when {{ response }} = {{ best }} then '{{ channel }}'
                {%- endfor %}
            end as varchar
        ) as next_best_channel_code
    from identifiers
    {% for family in families if family != 'identifiers' -%}
    left join {{ family }} on identifiers.profile_id = {{ family }}.profile_id
    {% endfor -%}
    left join next_tiers on loyalty.loyalty_tier_code = next_tiers.tier_code
    left join buyer_stages on identifiers.profile_id = buyer_stages.profile_id
    left join employers on identifiers.profile_id = employers.profile_id
    left join accounts on employers.account_id = accounts.account_id
    left join trait_sources on identifiers.profile_id = trait_sources.profile_id
    left join expected on identifiers.profile_id = expected.profile_id
    left join sentiments on identifiers.profile_id = sentiments.profile_id
    -- one row
    cross join discount_shares

)

select * from final
