-- Who is behind each landed record. No model but the evaluation may read it: it is what the result is measured against.
create table demo_truth.persons as
select person_id, household_id, kind from world.person
union all select person_id, person_id, 'business' from world.business_contact;

-- The process each person follows; what the parameters were drawn to.
create table demo_truth.process as
select
    person_id, joined_at, joined_day, gone_day, case when active_until_at < timestamp '$as_of' then active_until_at end as gone_at, is_buyer,
    case when is_buyer then purchase_rate end as orders_per_day, case when is_buyer then dropout_probability end as dropout_probability,
    case when is_buyer or kind in ('guest', 'test') then (select parameter_value from demo_truth.parameters where parameter_name = 'gamma_gamma_p') / value_rate end as mean_order_value,
    case when is_opted_in then open_probability end as open_probability, activity, discount_affinity,
    world.category(favourite_category) as favourite_category
from world.person;
-- Operational days: between these seconds of the calendar lies as much activity as in any other such day.
create table demo_truth.calendar as
select slot_no / 96.0 as operational_day, make_timestamp(1000000 * begins_second) as begins_at from world.slot where slot_no % 96 = 0;
create table demo_truth.orders as
select 800000000 + order_no as order_id, person_id, ordered_at, wanted_amount, is_late, order_no in (select order_no from world.ticket where order_no is not null) as has_ticket
from world.purchase;

create table demo_truth.records as
select 'shopify' as source_name, 'customer:' || shop_customer_id as record_key, person_id from world.person where kind in ('customer', 'test')
union all select 'shopify', 'order:' || (800000000 + order_no), person_id from world.purchase
union all select 'shopify', 'abandoned_checkout:' || id, id - 900000000 from raw_shopify.abandoned_checkout
union all select 'stripe', 'customer:' || customer_id, person_id from world.membership
union all select 'stripe', 'charge:ch' || substr(invoice_id, 3), person_id from world.invoice
union all select 'klaviyo', 'person:KL' || lpad(cast(person_id as varchar), 8, '0'), person_id from world.person where is_opted_in
union all select 'whatsapp', 'message_status:' || message_id || '|' || status, person_id
    from raw_whatsapp.message_status inner join world.note on note.phone = '+' || recipient_id and note.campaign_name = template_name
    where message_id = 'wamid.' || md5('wa' || note_id || '$seed') and status in ('read', 'clicked')
union all select 'zendesk', 'user:' || requester_id, person_id from world.requester
union all select 'zendesk', 'ticket:' || ticket_id, person_id from world.ticket
union all select 'salesforce', 'contact:' || contact_id, person_id from world.business_contact where contact_id is not null
union all select 'salesforce', 'lead:' || lead_id, person_id from world.business_contact where lead_id is not null
union all select 'pos', 'sale:' || receipt_id, person_id from world.receipt
union all select 'loyalty', 'member:' || loyalty_no, person_id from world.person where is_loyalty_member
union all select 'segment', 'identifies:' || md5('i' || person_id || '$seed'), person_id from world.person where kind in ('customer', 'test') and is_on_segment
union all select distinct 'segment', 'identifies:' || md5('bi' || contact_no || '$seed'), person_id from world.business_visit
union all select 'surveys', 'response:' || response_id, person_id from world.response
union all select 'reviews', 'product_review:' || review_id, person_id from world.review
union all select 'social', 'interaction:' || interaction_id, cast(substr(interaction_id, 3) as bigint) from raw_social.interaction
union all select 'consent', 'consent_record:' || consent_id, cast(split_part(consent_id, '-', 2) as bigint) from raw_consent.consent_record
union all select 'consent', 'privacy_request:' || request_id, cast(substr(request_id, 3) as bigint) from raw_consent.privacy_request;

-- Whose identifiers are whose; what a household or two people share has several rows.
create table demo_truth.identifiers as
select distinct identifier_type, identifier_value, person_id from (
    select 'user_id' as identifier_type, user_id as identifier_value, person_id from world.person where kind = 'customer'
    union all select 'email', email, person_id from world.person where kind <> 'anonymous'
    union all select 'phone', phone, person_id from world.person where kind <> 'anonymous'
    union all select 'anonymous_id', anonymous_id, person_id from world.person where kind <> 'store_only'
    union all select 'anonymous_id', shared_anonymous_id, person_id from world.person where has_shared_device and kind <> 'store_only'
    union all select 'shop_customer_id', cast(shop_customer_id as varchar), person_id from world.person where kind = 'customer'
    union all select 'billing_customer_id', 'cus_' || substr(md5('s' || person_id), 1, 14), person_id from world.person where is_subscriber
    union all select 'email_platform_id', 'KL' || lpad(cast(person_id as varchar), 8, '0'), person_id from world.person where is_opted_in
    union all select 'help_desk_id', cast(requester_id as varchar), person_id from world.requester
    union all select 'loyalty_id', lower(loyalty_no), person_id from world.person where is_loyalty_member
    union all select 'card_token', card_token, person_id from world.person where is_subscriber or kind = 'store_only' or is_loyalty_member
    union all select 'crm_id', contact_id, person_id from world.business_contact where contact_id is not null
    union all select 'crm_id', lead_id, person_id from world.business_contact where lead_id is not null
    union all select 'email', email, person_id from world.business_contact
    union all select 'anonymous_id', anonymous_id, person_id from world.business_visit
) as known;
