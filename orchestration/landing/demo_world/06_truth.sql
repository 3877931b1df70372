-- Who is behind each landed record. No model may read it: it is what the result is measured against.
create table demo_truth.persons as
select person_id, household_id, kind from world.person
union all select person_id, person_id, 'business' from world.business_contact;

create table demo_truth.records as
select 'shopify' as source_name, 'customer:' || shop_customer_id as record_key, person_id from world.person where kind in ('customer', 'test')
union all select 'shopify', 'order:' || (800000000 + order_no), person_id from world.purchase
union all select 'shopify', 'abandoned_checkout:' || id, id - 900000000 from raw_shopify.abandoned_checkout
union all select 'stripe', 'customer:cus_' || substr(md5('s' || person_id), 1, 14), person_id from world.person where is_subscriber
union all select 'stripe', 'charge:ch' || substr(c.id, 3), p.person_id from raw_stripe.charge as c inner join (select *, 'cus_' || substr(md5('s' || person_id), 1, 14) as customer_id from world.person where is_subscriber) as p on c.customer_id = p.customer_id
union all select 'klaviyo', 'person:KL' || lpad(cast(person_id as varchar), 8, '0'), person_id from world.person where is_opted_in
union all select 'zendesk', 'user:' || requester_id, person_id from world.ticket
union all select 'salesforce', 'contact:' || contact_id, person_id from world.business_contact
union all select 'salesforce', 'lead:00Q5' || lpad(cast(contact_no as varchar), 14, '0'), person_id from world.business_contact where contact_no % 2 = 0
union all select 'pos', 'sale:' || receipt_id, person_id from world.receipt
union all select 'loyalty', 'member:' || loyalty_no, person_id from world.person where is_loyalty_member
union all select 'segment', 'identifies:' || md5('i' || person_id || '$seed'), person_id from world.person where kind in ('customer', 'test') and is_on_segment
union all select 'surveys', 'response:' || response_id, cast(substr(response_id, 3) as bigint) from raw_surveys.response
union all select 'reviews', 'product_review:V-' || l.line_no, o.person_id from world.purchase_line as l inner join world.purchase as o on l.order_no = o.order_no where world.u('review', l.line_no) < 0.06
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
    union all select 'help_desk_id', cast(requester_id as varchar), person_id from world.ticket
    union all select 'loyalty_id', lower(loyalty_no), person_id from world.person where is_loyalty_member
    union all select 'card_token', card_token, person_id from world.person where is_subscriber or kind = 'store_only' or is_loyalty_member
    union all select 'crm_id', contact_id, person_id from world.business_contact
    union all select 'crm_id', '00Q5' || lpad(cast(contact_no as varchar), 14, '0'), person_id from world.business_contact where contact_no % 2 = 0
    union all select 'email', email, person_id from world.business_contact
) as known;
