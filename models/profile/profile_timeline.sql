{#- A view: sentences about a hundred million events are made when they are asked for. -#}
with

identity_map as (

    select * from {{ ref('identity_map') }}

),

-- a statement may hold for several identifiers of a person
statements as (

    select
        min(consent_events.identifier_key) as identifier_key,
        consent_events.purpose_code,
        consent_events.channel_code,
        consent_events.status_code,
        consent_events.source_name,
        consent_events.record_key,
        consent_events.occurred_at
    from {{ ref('consent_events') }} as consent_events
    inner join identity_map on consent_events.identifier_key = identity_map.identifier_key
    group by
        identity_map.profile_id,
        consent_events.purpose_code,
        consent_events.channel_code,
        consent_events.status_code,
        consent_events.source_name,
        consent_events.record_key,
        consent_events.occurred_at

),

contacts as (

    select
        identifier_key,
        'order' as contact_type,
        channel_code,
        source_name,
        record_key,
        case
            when status_code = 'cancelled' then 'Cancelled an order of '
            when total_amount <= 0 then 'Returned goods for '
            when channel_code = 'store' then 'Bought in a store for '
            when channel_code = 'subscription' then 'Paid a subscription of '
            else 'Ordered for '
        end
        || cast(abs(total_amount) as varchar)
        || coalesce(' ' || currency_code, '')
        || case
            when refund_amount > 0
                then ', of which ' || cast(refund_amount as varchar) || ' were refunded'
            else ''
        end as sentence_text,
        ordered_at as occurred_at
    from {{ ref('orders') }}
    where not is_test

    union all

    select
        identifier_key,
        'message' as contact_type,
        channel_code,
        source_name,
        record_key,
        case message_event_type
            when 'sent' then 'Was sent '
            when 'delivered' then 'Received '
            when 'opened' then 'Opened '
            when 'clicked' then 'Clicked in '
            when 'bounced' then 'Could not be reached with '
            when 'complained' then 'Complained about '
            when 'unsubscribed' then 'Unsubscribed through '
            else 'Did something with '
        end
        || coalesce('"' || subject_text || '"', '"' || campaign_name || '"', 'a message')
        || ' (' || channel_code || ')' as sentence_text,
        occurred_at
    from {{ ref('message_events') }}

    union all

    select
        identifier_key,
        'ticket' as contact_type,
        channel_code,
        source_name,
        record_key,
        'Asked for help'
        || coalesce(': "' || subject_text || '"', '')
        || case when status_code = 'solved' then ', solved' else ', not solved yet' end
        || case satisfaction_code
            when 'good' then ' and content'
            when 'bad' then ' and not content'
            else ''
        end as sentence_text,
        opened_at as occurred_at
    from {{ ref('support_tickets') }}

    union all

    select
        identifier_key,
        'survey' as contact_type,
        cast('survey' as varchar) as channel_code,
        source_name,
        record_key,
        case survey_type
            when 'nps' then 'Would recommend us with '
            when 'review' then 'Reviewed a product with '
            else 'Rated us with '
        end || coalesce(cast(score as varchar), 'no score') as sentence_text,
        responded_at as occurred_at
    from {{ ref('survey_responses') }}

    union all

    select
        identifier_key,
        'loyalty' as contact_type,
        cast('loyalty' as varchar) as channel_code,
        source_name,
        record_key,
        case
            when points < 0 then 'Used ' || cast(-points as varchar)
            else 'Collected ' || cast(points as varchar)
        end || ' loyalty points' as sentence_text,
        occurred_at
    from {{ ref('loyalty_events') }}
    where points is not null

    union all

    select
        identifier_key,
        'consent' as contact_type,
        channel_code,
        source_name,
        record_key,
        case when status_code = 'granted' then 'Said yes to ' else 'Said no to ' end
        || purpose_code || ' (' || channel_code || ')' as sentence_text,
        occurred_at
    from statements

    union all

    select
        identifier_key,
        'subscription' as contact_type,
        cast('subscription' as varchar) as channel_code,
        source_name,
        record_key,
        'Subscribed' || coalesce(' to ' || plan_name, '') as sentence_text,
        started_at as occurred_at
    from {{ ref('subscriptions') }}

    union all

    select
        identifier_key,
        'visit' as contact_type,
        channel_code,
        source_name,
        source_table || ':' || identifier_type || ':' || identifier_value
        || ':' || cast(event_date as varchar) as record_key,
        case channel_code
            when 'store' then 'Was in a store'
            when 'app' then 'Used the app'
            when 'social' then 'Was in touch on a social network'
            else 'Visited the site'
        end
        || case
            when product_view_count > 0
                then ', viewed ' || cast(product_view_count as varchar) || ' products'
            else ''
        end
        || case
            when add_to_cart_count > 0
                then ', put ' || cast(add_to_cart_count as varchar) || ' in the cart'
            else ''
        end
        || case when checkout_abandoned_count > 0 then ', left the checkout' else '' end
            as sentence_text,
        first_occurred_at as occurred_at
    from {{ ref('event_days') }}

),

final as (

    select
        identity_map.profile_id,
        contacts.occurred_at,
        cast(contacts.contact_type as varchar) as contact_type,
        cast(contacts.channel_code as varchar) as channel_code,
        contacts.source_name,
        cast(contacts.record_key as varchar) as record_key,
        cast(contacts.sentence_text as varchar) as sentence_text
    from contacts
    inner join identity_map on contacts.identifier_key = identity_map.identifier_key
    where contacts.occurred_at < {{ cdp.as_of() }}

)

select * from final
