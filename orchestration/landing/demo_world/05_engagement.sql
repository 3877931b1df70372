create table raw_klaviyo.metric as
select 'm' || n as id, ['Received Email', 'Opened Email', 'Clicked Email', 'Bounced Email', 'Marked Email as Spam', 'Unsubscribed', 'Subscribed to Email Marketing'][n] as name,
    false as _fivetran_deleted, timestamp '$as_of' as _fivetran_synced
from range(1, 8) as r(n);
create table raw_klaviyo.campaign as
select 'c' || n as id, 'Newsletter ' || n as name, 'What is new, part ' || n as subject, 'email' as campaign_type,
    timestamp '$as_of' - to_days(cast(n * 14 as integer)) as sent_at, false as _fivetran_deleted, timestamp '$as_of' as _fivetran_synced
from range(1, 25) as r(n);
create table raw_klaviyo.person as
select 'KL' || lpad(cast(person_id as varchar), 8, '0') as id, email, case when person_id % 6 = 0 then phone end as phone_number, first_name, last_name, city,
    cast(null as varchar) as region, postal_code as zip, country_code as country, cast(null as varchar) as title, cast(null as varchar) as organization,
    joined_at as created, joined_at + interval 1 day as updated, false as _fivetran_deleted, least(joined_at + interval 2 day, timestamp '$as_of') as _fivetran_synced
from world.person where is_opted_in;
create table world.mailing as
select p.person_id, c.n, p.person_id * 100 + c.n as mail_id, 'KL' || lpad(cast(p.person_id as varchar), 8, '0') as klaviyo_id,
    timestamp '$as_of' - to_days(cast(c.n * 14 as integer)) as sent_at, p.activity
from world.person as p, range(1, 25) as c(n)
where p.is_opted_in and p.joined_at < timestamp '$as_of' - to_days(cast(c.n * 14 as integer));
create table raw_klaviyo.event as
select 'd' || mail_id as id, klaviyo_id as person_id, 'c' || n as campaign_id, 'm1' as metric_id, 'Received Email' as type, sent_at as datetime,
    'What is new, part ' || n as property_subject, 'Newsletter ' || n as property_campaign_name, false as _fivetran_deleted,
    least(sent_at + interval 1 hour, timestamp '$as_of') as _fivetran_synced
from world.mailing
union all
select 'o' || mail_id, klaviyo_id, 'c' || n, 'm2', 'Opened Email', sent_at + interval 3 hour, null, null, false, least(sent_at + interval 4 hour, timestamp '$as_of')
from world.mailing where world.u('open', mail_id) < activity * 0.6
union all
select 'k' || mail_id, klaviyo_id, 'c' || n, 'm3', 'Clicked Email', sent_at + interval 4 hour, null, null, false, least(sent_at + interval 5 hour, timestamp '$as_of')
from world.mailing where world.u('click', mail_id) < activity * 0.12
union all
select 'b' || mail_id, klaviyo_id, 'c' || n, 'm4', 'Bounced Email', sent_at + interval 1 minute, null, null, false, least(sent_at + interval 1 hour, timestamp '$as_of')
from world.mailing where person_id % 71 = 9 and n = 1
union all
select 's' || mail_id, klaviyo_id, 'c' || n, 'm5', 'Marked Email as Spam', sent_at + interval 6 hour, null, null, false, least(sent_at + interval 7 hour, timestamp '$as_of')
from world.mailing where person_id % 211 = 8 and n = 2
union all
select 'n' || mail_id, klaviyo_id, 'c' || n, 'm6', 'Unsubscribed', sent_at + interval 5 hour, null, null, false, least(sent_at + interval 6 hour, timestamp '$as_of')
from world.mailing where person_id % 19 = 4 and n = 3
union all
select 'j' || person_id, 'KL' || lpad(cast(person_id as varchar), 8, '0'), null, 'm7', 'Subscribed to Email Marketing', joined_at, null, null, false, joined_at + interval 1 hour
from world.person where is_opted_in;

create table world.ticket as
select 400000 + person_id as ticket_id, 200000 + person_id as requester_id, *,
    date_trunc('second', joined_at + (active_until_at - joined_at) * world.u('ask', person_id)) as asked_at
from world.person where kind in ('customer', 'guest') and world.u('ticket', person_id) < 0.15;
create table raw_zendesk."user" as
select requester_id as id, email, case when person_id % 3 = 0 then phone end as phone, first_name || ' ' || last_name as name, 'end-user' as role, 'de' as locale,
    asked_at as created_at, asked_at as updated_at, true as active, false as suspended, least(asked_at + interval 1 hour, timestamp '$as_of') as _fivetran_synced
from world.ticket
union all select 1, 'agent@shop.example', null, 'Help Agent', 'agent', 'de', timestamp '$as_of' - interval 900 day, timestamp '$as_of' - interval 900 day, true, false, timestamp '$as_of' - interval 900 day;
create table raw_zendesk.ticket as
select ticket_id as id, requester_id, case when world.u('open', person_id) < 0.12 then 'open' when person_id % 5 = 0 then 'closed' else 'solved' end as status,
    'normal' as priority, world.pick(['Where is my parcel?', 'Size exchange', 'Refund 😕', 'Invoice'], 'subject', person_id) as subject,
    'Please help me with my order.' as description, world.pick(['email', 'web', 'chat', 'voice'], 'via', person_id) as via_channel,
    asked_at as created_at, asked_at + interval 2 day as updated_at, least(asked_at + interval 2 day, timestamp '$as_of') as _fivetran_synced
from world.ticket;
create table raw_zendesk.ticket_comment as
select ticket_id * 10 + k.n as id, ticket_id, case when k.n = 1 then 1 else requester_id end as user_id,
    case k.n when 0 then 'Please help me with my order.' when 1 then 'We are on it.' else 'Thank you, when will it arrive?' end as body, true as public,
    asked_at + to_hours(cast(k.n as integer)) as created, least(asked_at + interval 2 day, timestamp '$as_of') as _fivetran_synced
from world.ticket, range(3) as k(n);
create table raw_zendesk.satisfaction_rating as
select ticket_id + 1000000 as id, ticket_id, requester_id, case when world.u('happy', person_id) < 0.7 then 'good' else 'bad' end as score, cast(null as varchar) as comment,
    asked_at + interval 2 day as created_at, asked_at + interval 2 day as updated_at, asked_at + interval 2 day as _fivetran_synced
from world.ticket where world.u('rated', person_id) < 0.4 and asked_at + interval 2 day <= timestamp '$as_of';

create table world.company as
select n, '0015' || lpad(cast(n as varchar), 14, '0') as account_id, 'Company ' || n as name, 'company' || n || '.example' as domain
from range(greatest(4, $customers // 50)) as r(n);
create table raw_salesforce.account as
select account_id as id, name, 'https://www.' || domain || '/about' as website, 'Retail' as industry, case when n % 3 = 0 then 'Customer' else 'Prospect' end as type,
    'DE' as billing_country_code, cast(20 + n % 400 as bigint) as number_of_employees, cast(1000000 as double) as annual_revenue, false as is_deleted, timestamp '$as_of' - interval 2 day as _fivetran_synced
from world.company;
create table world.business_contact as
select c.account_id, c.n * 3 + k.n as contact_no, 2000000000 + c.n * 3 + k.n as person_id, '0035' || lpad(cast(c.n * 3 + k.n as varchar), 14, '0') as contact_id,
    world.pick(['Eva', 'Jan', 'Mia', 'Karl'], 'bname', c.n * 3 + k.n) as first_name, world.pick(['Keller', 'Vogt', 'Lang'], 'blast', c.n * 3 + k.n) as last_name,
    'b' || (c.n * 3 + k.n) || '@' || c.domain as email
from world.company as c, range(3) as k(n);
create table raw_salesforce.contact as
select contact_id as id, account_id, email, cast(null as varchar) as phone, cast(null as varchar) as mobile_phone, first_name, last_name, 'Buyer' as title, 'Berlin' as mailing_city,
    'DE' as mailing_country_code, timestamp '$as_of' - interval 300 day as created_date, timestamp '$as_of' - interval 100 day as last_modified_date, contact_no % 40 = 39 as is_deleted, timestamp '$as_of' - interval 2 day as _fivetran_synced
from world.business_contact;
create table raw_salesforce.lead as
select '00Q5' || lpad(cast(contact_no as varchar), 14, '0') as id, email, cast(null as varchar) as phone, first_name, last_name, 'Buyer' as title, 'Company' as company, 'Berlin' as city, 'DE' as country_code,
    'Converted' as status, true as is_converted, contact_id as converted_contact_id, timestamp '$as_of' - interval 400 day as created_date, timestamp '$as_of' - interval 300 day as last_modified_date, false as is_deleted, timestamp '$as_of' - interval 2 day as _fivetran_synced
from world.business_contact where contact_no % 2 = 0;
create table raw_salesforce.opportunity as
select '0065' || lpad(cast(n as varchar), 14, '0') as id, account_id, 'Deal ' || n as name, case when n % 4 = 0 then 'Closed Won' else 'Negotiation' end as stage_name, cast(5000 + n * 10 as decimal(18, 2)) as amount,
    n % 4 = 0 as is_closed, n % 4 = 0 as is_won, timestamp '$as_of' + interval 30 day as close_date, timestamp '$as_of' - interval 60 day as created_date, false as is_deleted, timestamp '$as_of' - interval 2 day as _fivetran_synced
from world.company where n % 2 = 0;
create table raw_salesforce.opportunity_contact_role as
select '00K5' || lpad(cast(c.n as varchar), 14, '0') as id, '0065' || lpad(cast(c.n as varchar), 14, '0') as opportunity_id, '0035' || lpad(cast(c.n * 3 as varchar), 14, '0') as contact_id,
    'Decision Maker' as role, true as is_primary, timestamp '$as_of' - interval 60 day as created_date, false as is_deleted, timestamp '$as_of' - interval 2 day as _fivetran_synced
from world.company as c where c.n % 2 = 0;

create table raw_google_ads.campaign_history as
select 100 + n as id, timestamp '$as_of' - interval 500 day as updated_at, ['Brand', 'Generic', 'Shopping'][n + 1] as name, 11 as customer_id, 'SEARCH' as advertising_channel_type, 'ENABLED' as status from range(3) as r(n);
create table raw_google_ads.campaign_stats as
select md5('g' || c.n || '-' || d.n) as _fivetran_id, 100 + c.n as id, 11 as customer_id, cast(timestamp '$as_of' as date) - cast(d.n as integer) as date, 'MOBILE' as device, 'SEARCH' as ad_network_type,
    cast(1000 + hash(c.n, d.n, $seed) % 2000 as bigint) as impressions, cast(40 + hash(c.n, d.n, 1) % 60 as bigint) as clicks, cast(20000000 + hash(c.n, d.n, 2) % 30000000 as bigint) as cost_micros,
    timestamp '$as_of' - to_days(cast(d.n - 1 as integer)) as _fivetran_synced
from range(3) as c(n), range(1, 365) as d(n);
create table raw_facebook_ads.campaign_history as
select 500 + n as id, ['Retargeting', 'Lookalike'][n + 1] as name, 77 as account_id, timestamp '$as_of' - interval 500 day as updated_time, timestamp '$as_of' as _fivetran_synced from range(2) as r(n);
create table raw_facebook_ads.ad_history as
select 900 + n as id, 500 + n % 2 as campaign_id, 'Ad ' || n as name, timestamp '$as_of' - interval 500 day as updated_time, timestamp '$as_of' as _fivetran_synced from range(4) as r(n);
create table raw_facebook_ads.basic_ad as
select 900 + a.n as ad_id, cast(timestamp '$as_of' as date) - cast(d.n as integer) as date, 77 as account_id, cast(500 + hash(a.n, d.n, $seed) % 900 as bigint) as impressions,
    cast(10 + hash(a.n, d.n, 1) % 30 as bigint) as inline_link_clicks, cast(10 + hash(a.n, d.n, 2) % 20 as decimal(18, 2)) as spend, 400 as reach, timestamp '$as_of' - to_days(cast(d.n - 1 as integer)) as _fivetran_synced
from range(4) as a(n), range(1, 365) as d(n);

create table raw_surveys.response as
select 'N-' || person_id as response_id, 'nps' as survey_type, case when kind = 'customer' and person_id % 2 = 0 then user_id end as user_id, email,
    case when person_id % 50 = 2 then 'n/a' when person_id % 70 = 2 then '11' else cast(cast(floor(4 + world.u('nps', person_id) * 7) as integer) as varchar) end as score,
    cast(null as varchar) as comment, cast(null as varchar) as ticket_id, asked_at as responded_at, least(asked_at + interval 1 hour, timestamp '$as_of') as _loaded_at
from (select *, date_trunc('second', joined_at + (active_until_at - joined_at) * world.u('npsat', person_id)) as asked_at from world.person where kind in ('customer', 'guest') and world.u('survey', person_id) < 0.2) as asked;
create table raw_reviews.product_review as
select 'V-' || l.line_no as review_id, cast(l.product_id as varchar) as product_id, p.email, cast(1 + floor(sqrt(world.u('stars', l.line_no)) * 4.99) as integer) as rating, 'Fits' as title,
    'I like it 👍' as body, least(o.ordered_at + interval 12 day, timestamp '$as_of') as submitted_at, least(o.ordered_at + interval 12 day, timestamp '$as_of') as _loaded_at
from world.purchase_line as l inner join world.purchase as o on l.order_no = o.order_no inner join world.person as p on o.person_id = p.person_id where world.u('review', l.line_no) < 0.06;
create table raw_social.interaction as
select 'Q-' || person_id as interaction_id, ['instagram', 'tiktok'][1 + person_id % 2] as network, '@' || lower(strip_accents(first_name)) || person_id as handle, case when person_id % 2 = 0 then email end as email,
    ['mention', 'like', 'comment'][1 + person_id % 3] as interaction_type, 'love it' as text, 'https://social.example/' || person_id as url, active_until_at - interval 1 day as occurred_at, least(active_until_at, timestamp '$as_of') as _loaded_at
from world.person where kind in ('customer', 'guest') and world.u('social', person_id) < 0.06;

create table raw_consent.consent_record as
select 'K-' || person_id || '-' || c.n as consent_id, email, cast(null as varchar) as phone, case when kind = 'customer' then user_id end as user_id,
    ['marketing', 'advertising'][c.n + 1] as purpose, ['email', 'ads'][c.n + 1] as channel, 'granted' as status, 'web form' as source_text, country_code, joined_at as recorded_at, joined_at + interval 10 minute as _loaded_at
from world.person, range(2) as c(n) where is_opted_in and world.u('consent', person_id * 10 + c.n) < 0.8
union all
-- Withdrawn later; some withdraw everything at once.
select 'W-' || person_id, email, null, case when kind = 'customer' then user_id end, 'marketing', case when person_id % 2 = 0 then 'all' else 'email' end, 'denied', 'preference centre', country_code,
    active_until_at - interval 1 day, active_until_at
from world.person where is_opted_in and person_id % 23 = 6
union all
select 'Z-' || person_id, email, null, null, 'marketing', 'email', 'maybe', 'import', country_code, joined_at, joined_at from world.person where person_id % 900 = 5;
create table raw_consent.privacy_request as
select 'P-' || person_id as request_id, email, case when kind = 'customer' then user_id end as user_id, case when person_id % 2 = 0 then 'erasure' else 'access' end as request_type,
    active_until_at - interval 1 hour as requested_at, active_until_at as _loaded_at
from world.person where kind in ('customer', 'guest') and person_id % 113 = 3;
