create table raw_klaviyo.metric as
select
    'm' || n as id,
    [
        'Received Email', 'Opened Email', 'Clicked Email', 'Bounced Email', 'Marked Email as Spam', 'Unsubscribed', 'Subscribed to Email Marketing',
        'Received SMS', 'Clicked SMS', 'Failed to Deliver SMS', 'Unsubscribed from SMS Marketing', 'Subscribed to SMS Marketing',
        'Received Push', 'Opened Push', 'Bounced Push'
    ][n] as name,
    false as _fivetran_deleted, timestamp '$as_of' as _fivetran_synced
from range(1, 16) as r(n);
-- Beside the newsletter: what goes out by other channels, how often, and how it is called.
create table world.channel as
select * from (values ('sms', 's', 9, 40, 'Offer by text '), ('push', 'p', 26, 14, 'App news '), ('whatsapp', 'w', 12, 30, 'offer_'))
    as known(channel, letter, campaign_count, days_between, campaign_name);
create table raw_klaviyo.campaign as
select 'c' || n as id, 'Newsletter ' || n as name, 'What is new, part ' || n as subject, 'email' as campaign_type,
    timestamp '$as_of' - to_days(cast(n * 14 as integer)) as sent_at, false as _fivetran_deleted, timestamp '$as_of' as _fivetran_synced
from range(1, 25) as r(n)
union all
select letter || n, campaign_name || n, null, case channel when 'sms' then 'sms' else 'mobile_push' end,
    timestamp '$as_of' - to_days(cast(n * days_between - 9 as integer)), false, timestamp '$as_of'
from (select *, unnest(range(1, campaign_count + 1)) as n from world.channel where channel <> 'whatsapp') as campaigns;
create table raw_klaviyo.person as
select 'KL' || lpad(cast(person_id as varchar), 8, '0') as id, email, case when person_id % 6 = 0 then phone end as phone_number, first_name, last_name, city,
    cast(null as varchar) as region, postal_code as zip, country_code as country, cast(null as varchar) as title, cast(null as varchar) as organization,
    joined_at as created, joined_at + interval 1 day as updated, false as _fivetran_deleted, least(joined_at + interval 2 day, timestamp '$as_of') as _fivetran_synced
from world.person where is_opted_in;
create table world.mailing as
select p.person_id, c.n, p.person_id * 100 + c.n as mail_id, 'KL' || lpad(cast(p.person_id as varchar), 8, '0') as klaviyo_id,
    timestamp '$as_of' - to_days(cast(c.n * 14 as integer)) as sent_at,
    -- Who has left does not look any more.
    p.open_probability * case when p.active_until_at < timestamp '$as_of' - to_days(cast(c.n * 14 as integer)) then 0.1 else 1 end
        as open_probability,
    p.click_probability
from world.person as p, range(1, 25) as c(n)
where p.is_opted_in and p.joined_at < timestamp '$as_of' - to_days(cast(c.n * 14 as integer));
create table raw_klaviyo.event as
select 'd' || mail_id as id, klaviyo_id as person_id, 'c' || n as campaign_id, 'm1' as metric_id, 'Received Email' as type, sent_at as datetime,
    'What is new, part ' || n as property_subject, 'Newsletter ' || n as property_campaign_name, false as _fivetran_deleted,
    least(sent_at + interval 1 hour, timestamp '$as_of') as _fivetran_synced
from world.mailing
union all
select 'o' || mail_id, klaviyo_id, 'c' || n, 'm2', 'Opened Email', sent_at + to_seconds(cast(600 + 36000 * world.u('opened', mail_id) as bigint)), null, null, false, least(sent_at + interval 12 hour, timestamp '$as_of')
from world.mailing where world.u('open', mail_id) < open_probability
union all
select 'k' || mail_id, klaviyo_id, 'c' || n, 'm3', 'Clicked Email', sent_at + to_seconds(cast(660 + 36000 * world.u('opened', mail_id) as bigint)), null, null, false, least(sent_at + interval 12 hour, timestamp '$as_of')
from world.mailing where world.u('open', mail_id) < open_probability and world.u('click', mail_id) < click_probability
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

-- Who takes messages by another channel, from when, and until when: each channel is asked for and refused by itself.
create table world.subscriber as
with asked as (
    select person_id, 'sms' as channel from world.person where is_opted_in and person_id % 6 = 0 and world.u('smsoptin', person_id) < 0.8
    union all
    select person_id, 'push' from world.person where is_opted_in and is_app_user and world.u('pushoptin', person_id) < 0.8
    union all
    select person_id, 'whatsapp' from world.person where is_opted_in and person_id % 6 = 0 and world.u('whatsappoptin', person_id) < 0.6
)

select
    asked.*, p.joined_at + interval 1 hour as granted_at,
    case when world.u('decline-' || asked.channel, p.person_id) < 0.1
        then greatest(p.joined_at + interval 1 day, p.active_until_at - interval 2 day) end as refused_at,
    'KL' || lpad(cast(p.person_id as varchar), 8, '0') as klaviyo_id, p.phone, p.email, p.user_id, p.kind, p.country_code,
    p.active_until_at, p.open_probability, p.click_probability
from asked inner join world.person as p using (person_id);
create table world.note as
with sent as (
    select s.*, c.letter || c.n as campaign_id, c.campaign_name || c.n as campaign_name, c.n, s.person_id * 100 + c.n as note_id,
        timestamp '$as_of' - to_days(cast(c.n * c.days_between - 9 as integer)) + interval 17 hour as sent_at
    from world.subscriber as s
    inner join (select *, unnest(range(1, campaign_count + 1)) as n from world.channel) as c using (channel)
)

select *, world.u('read-' || channel, note_id) as read_draw, world.u('answer-' || channel, note_id) as answer_draw,
    sent_at + to_seconds(cast(120 + 20000 * world.u('wait-' || channel, note_id) as bigint)) as answered_at,
    case when active_until_at < sent_at then 0.1 else 1 end as interest
from sent
where sent_at > granted_at and sent_at + interval 6 hour < least(timestamp '$as_of', coalesce(refused_at, timestamp '$as_of'));
insert into raw_klaviyo.event
select 'sr' || note_id, klaviyo_id, campaign_id, case when is_lost then 'm10' else 'm8' end, case when is_lost then 'Failed to Deliver SMS' else 'Received SMS' end,
    sent_at, null, null, false, sent_at + interval 1 hour
from (select *, person_id % 29 = 12 and n = 1 as is_lost from world.note where channel = 'sms') as texts
union all
select 'sc' || note_id, klaviyo_id, campaign_id, 'm9', 'Clicked SMS', answered_at, null, null, false, answered_at + interval 10 minute
from world.note where channel = 'sms' and answer_draw < 2 * click_probability * interest and not (person_id % 29 = 12 and n = 1)
union all
select 'pr' || note_id, klaviyo_id, campaign_id, case when is_lost then 'm15' else 'm13' end, case when is_lost then 'Bounced Push' else 'Received Push' end,
    sent_at, null, null, false, sent_at + interval 1 hour
from (select *, person_id % 31 = 7 and n = 1 as is_lost from world.note where channel = 'push') as pushes
union all
select 'po' || note_id, klaviyo_id, campaign_id, 'm14', 'Opened Push', answered_at, null, null, false, answered_at + interval 10 minute
from world.note where channel = 'push' and read_draw < 0.5 * open_probability * interest and not (person_id % 31 = 7 and n = 1)
union all
select 'sg' || person_id, klaviyo_id, null, 'm12', 'Subscribed to SMS Marketing', granted_at, null, null, false, granted_at + interval 1 hour
from world.subscriber where channel = 'sms' and granted_at < timestamp '$as_of'
union all
select 'sx' || person_id, klaviyo_id, null, 'm11', 'Unsubscribed from SMS Marketing', refused_at, null, null, false, least(refused_at + interval 1 hour, timestamp '$as_of')
from world.subscriber where channel = 'sms' and refused_at < timestamp '$as_of';

-- Numbers as the network writes them, without a plus; what was read may have been clicked as well.
create table raw_whatsapp.message_status as
with stated as (
    select *, unnest(['sent', 'delivered', 'read', 'clicked', 'failed']) as status
    from world.note where channel = 'whatsapp'
)

select
    'wamid.' || md5('wa' || note_id || '$seed') as message_id, substr(phone, 2) as recipient_id, status, campaign_name as template_name,
    case status when 'sent' then sent_at when 'read' then answered_at when 'clicked' then answered_at + interval 40 second else sent_at + interval 4 second end as "timestamp",
    case when status in ('read', 'clicked') then answered_at else sent_at end + interval 10 minute as _loaded_at
from stated
where status = 'sent' or (status = 'failed') = (note_id % 83 = 5) and case status
    when 'read' then read_draw < least(0.95, 1.5 * open_probability) * interest
    when 'clicked' then read_draw < least(0.95, 1.5 * open_probability) * interest and answer_draw < 2 * click_probability
    else true end;
create table raw_whatsapp.user_preference as
select
    substr(phone, 2) as wa_id, 'marketing_messages' as category, 'stop' as value, refused_at as "timestamp",
    least(refused_at + interval 1 minute, timestamp '$as_of') as _loaded_at
from world.subscriber where channel = 'whatsapp' and refused_at < timestamp '$as_of';

-- Tickets follow orders, mostly late ones; a few come from people who only ask.
create table world.ticket as
select
    400000 + o.order_no as ticket_id, 200000 + o.person_id as requester_id, o.person_id, o.order_no, o.is_late,
    o.ordered_at + to_seconds(cast(86400 * (case when o.is_late then 6 else 2 end + 4 * world.u('ask', o.order_no)) as bigint)) as asked_at
from world.purchase as o
where world.u('ticket', o.order_no) < case when o.is_late then world.parameter('ticket_chance_late') else world.parameter('ticket_chance_in_time') end
    and o.ordered_at + interval 11 day < timestamp '$as_of' and o.kind <> 'test'
union all
select 400000 + person_id * 100 + 99, 200000 + person_id, person_id, null, false,
    date_trunc('second', joined_at + (active_until_at - joined_at) * world.u('ask', person_id))
from world.person where kind in ('customer', 'guest') and world.u('ticket', person_id) < 0.03;
create table world.requester as
select p.*, t.requester_id, t.first_asked_at
from (select requester_id, person_id, min(asked_at) as first_asked_at from world.ticket group by requester_id, person_id) as t
inner join world.person as p using (person_id);
create table raw_zendesk."user" as
select requester_id as id, email, case when person_id % 3 = 0 then phone end as phone, first_name || ' ' || last_name as name, 'end-user' as role, 'de' as locale,
    first_asked_at as created_at, first_asked_at as updated_at, true as active, false as suspended, least(first_asked_at + interval 1 hour, timestamp '$as_of') as _fivetran_synced
from world.requester
union all select 1, 'agent@shop.example', null, 'Help Agent', 'agent', 'de', timestamp '$as_of' - interval 900 day, timestamp '$as_of' - interval 900 day, true, false, timestamp '$as_of' - interval 900 day;
create table raw_zendesk.ticket as
select ticket_id as id, requester_id,
    case when asked_at > timestamp '$as_of' - interval 3 day or world.u('unsolved', ticket_id) < 0.06 then 'open' when ticket_id % 5 = 0 then 'closed' else 'solved' end as status,
    case when is_late then 'high' else 'normal' end as priority,
    case when is_late then 'Where is my parcel?' else world.pick(['Size exchange', 'Refund 😕', 'Invoice'], 'subject', ticket_id) end as subject,
    'Please help me with my order.' as description, world.pick(['email', 'web', 'chat', 'voice'], 'via', ticket_id) as via_channel,
    asked_at as created_at, asked_at + interval 2 day as updated_at, least(asked_at + interval 2 day, timestamp '$as_of') as _fivetran_synced
from world.ticket;
create table raw_zendesk.ticket_comment as
select ticket_id * 10 + k.n as id, ticket_id, case when k.n = 1 then 1 else requester_id end as user_id,
    case k.n when 0 then 'Please help me with my order.' when 1 then 'We are on it.' else 'Thank you, when will it arrive?' end as body, true as public,
    asked_at + to_hours(cast(k.n as integer)) as created, least(asked_at + interval 2 day, timestamp '$as_of') as _fivetran_synced
from world.ticket, range(3) as k(n);
create table raw_zendesk.satisfaction_rating as
select ticket_id + 1000000 as id, ticket_id, requester_id, case when world.u('happy', ticket_id) < case when is_late then 0.4 else 0.85 end then 'good' else 'bad' end as score,
    cast(null as varchar) as comment, asked_at + interval 2 day as created_at, asked_at + interval 2 day as updated_at, asked_at + interval 2 day as _fivetran_synced
from world.ticket where world.u('rated', ticket_id) < 0.4 and asked_at + interval 2 day <= timestamp '$as_of';

-- Companies with three contacts each, and one more person who is only a lead.
create table world.company as
select n, '0015' || lpad(cast(n as varchar), 14, '0') as account_id, 'Company ' || n as name, 'company' || n || '.example' as domain,
    20 + cast(floor(world.u('staff', n) * 400) as bigint) as staff,
    -- How much it wants what we sell: it looks around more before it talks to us, and buys more often.
    world.u('cinterest', n) as interest
from range(greatest(4, $customers // 50)) as r(n);
create table world.business_contact as
select c.account_id, c.name as company_name, c.n as company_no, c.n * 4 + k.n as contact_no, 2000000000 + c.n * 4 + k.n as person_id,
    case when k.n < 3 then '0035' || lpad(cast(c.n * 4 + k.n as varchar), 14, '0') end as contact_id,
    -- Every other contact was a lead before.
    case when k.n = 3 or k.n % 2 = 0 then '00Q5' || lpad(cast(c.n * 4 + k.n as varchar), 14, '0') end as lead_id,
    world.pick(['Eva', 'Jan', 'Mia', 'Karl'], 'bname', c.n * 4 + k.n) as first_name, world.pick(['Keller', 'Vogt', 'Lang'], 'blast', c.n * 4 + k.n) as last_name,
    'b' || (c.n * 4 + k.n) || '@' || c.domain as email,
    date_trunc('second', timestamp '$as_of' - to_seconds(cast(86400 * (20 + 600 * world.u('met', c.n * 4 + k.n)) as bigint))) as met_at,
    -- Most leads become a contact within weeks, some after months.
    met_at - to_seconds(cast(86400 * (6 + 160 * pow(world.u('hesitant', c.n * 4 + k.n), 2)) as bigint)) as created_at
from world.company as c, range(4) as k(n);
-- Up to three opportunities per company.
create table world.deal as
select
    c.n * 10 + k.n as deal_no, c.n as company_no, c.account_id, c.interest,
    cast(2000 + floor(world.u('deal', c.n * 10 + k.n) * 300) * 100 as decimal(18, 2)) as amount,
    date_trunc('second', timestamp '$as_of' - to_seconds(cast(86400 * (3 + 500 * world.u('opened', c.n * 10 + k.n)) as bigint))) as opened_at,
    world.u('won', c.n * 10 + k.n) < world.parameter('opportunity_win') * 2 * c.interest as is_won,
    1 + cast(floor(world.u('lostat', c.n * 10 + k.n) * 3) as integer) as lost_after
from world.company as c, range(3) as k(n)
where k.n = 0 or world.u('more', c.n * 10 + k.n) < 0.4;
-- They look around as well, mostly those who are new, those who are about to talk to us, and before a deal is opened; a
-- form they filled in tells who they are.
create table world.business_visit as
with drawn as (
    select
        c.contact_no, c.contact_no * 100 + v.n as visit_no,
        c.met_at - interval 20 day + (timestamp '$as_of' - interval 1 hour - c.met_at + interval 20 day) * world.u('bvisit', c.contact_no * 100 + v.n)
            as visited_at
    from world.business_contact as c, range(5) as v(n)
    where v.n < 5 * world.u('binterest', c.contact_no) - 1
    union all
    select
        c.contact_no, c.contact_no * 100 + 10 + v.n,
        c.met_at - (c.met_at - greatest(c.created_at, c.met_at - interval 40 day)) * world.u('bvisit', c.contact_no * 100 + 10 + v.n)
    from world.business_contact as c, range(6) as v(n)
    where c.contact_id is not null and c.lead_id is not null and v.n < 7 * world.u('beager', c.contact_no)
    union all
    select
        c.contact_no, c.contact_no * 100 + 20 + 10 * (d.deal_no % 10) + v.n,
        d.opened_at - interval 40 day * world.u('bvisit', c.contact_no * 100 + 20 + 10 * (d.deal_no % 10) + v.n)
    from world.business_contact as c inner join world.deal as d using (company_no), range(6) as v(n)
    where c.contact_id is not null and c.met_at < d.opened_at - interval 20 day
        and v.n < 8 * d.interest * world.u('bkeen', c.contact_no * 10 + d.deal_no % 10)
)

select
    drawn.contact_no, c.person_id, 'anon-' || substr(md5('b' || drawn.contact_no || '$seed'), 1, 20) as anonymous_id, c.email, c.first_name, c.last_name,
    drawn.visit_no,
    -- At work: what falls on a weekend was done on Friday.
    date_trunc('day', drawn.visited_at) - to_days(cast(greatest(isodow(drawn.visited_at) - 5, 0) as integer))
        + to_seconds(cast(3600 * (8 + 10 * world.u('bhour', drawn.visit_no)) as bigint)) as visited_at
from drawn inner join world.business_contact as c using (contact_no);
insert into raw_segment.identifies
select
    md5('bi' || contact_no || '$seed'), anonymous_id, null, min(visited_at) + interval 1 minute, min(visited_at) + interval 1 minute, email, null,
    first_name, last_name, null, 'Berlin', 'DE', world.agent(contact_no), null, 'de-DE'
from world.business_visit group by contact_no, anonymous_id, email, first_name, last_name;
insert into raw_segment.pages
select
    md5('bp' || visit_no || '-' || k.n || '$seed'), anonymous_id, null, visited_at + to_seconds(cast(40 * k.n + 3 as bigint)),
    visited_at + to_seconds(cast(40 * k.n + 2 as bigint)), visited_at + to_seconds(cast(40 * k.n as bigint)), 'https://shop.example/business/' || k.n,
    '/business/' || k.n, 'For companies', null, null, null, null, '203.0.113.8',
    world.agent(contact_no)
from world.business_visit, range(2) as k(n);
insert into raw_segment.tracks
select
    md5('bt' || visit_no || '$seed'), anonymous_id, null, 'product_viewed', 'Product Viewed', visited_at + interval 103 second, visited_at + interval 102 second,
    visited_at + interval 100 second, visited_at + interval 100 second, 'https://shop.example/p/1', null,
    world.agent(contact_no), null, null, null,
    cast(7000000001 + cast(floor(world.u('bproduct', visit_no) * greatest(40, $customers // 20)) as bigint) as varchar), null, null, 'EUR', 'analytics.js'
from world.business_visit;
insert into raw_segment.tracks
select
    md5('bf' || contact_no || '$seed'), anonymous_id, null, 'lead_form_submitted', 'Lead Form Submitted', min(visited_at) + interval 62 second,
    min(visited_at) + interval 61 second, min(visited_at) + interval 60 second, min(visited_at) + interval 60 second,
    'https://shop.example/business/contact', null, world.agent(contact_no), null, null, null, null, null, null, null, 'analytics.js'
from world.business_visit group by contact_no, anonymous_id;
-- Each stage of an opportunity takes its days, and the last says how it ended.
create table world.stage as
with staged as (
    select *, s.n as stage_no, case when s.n = 4 or (not is_won and s.n = lost_after) then case when is_won then 'Closed Won' else 'Closed Lost' end
        else ['Prospecting', 'Qualification', 'Proposal', 'Negotiation'][s.n + 1] end as stage_name,
        case when s.n = 0 then 0 else cast(86400 * (4 + 20 * world.u('stage', deal_no * 10 + s.n)) as bigint) end as waited
    from world.deal, range(5) as s(n)
    where is_won or s.n <= lost_after
),

timed as (
    select *, opened_at + to_seconds(cast(sum(waited) over (partition by deal_no order by stage_no) as bigint)) as entered_at
    from staged
)

select
    *, '0065' || lpad(cast(deal_no as varchar), 14, '0') as opportunity_id,
    lead(entered_at) over (partition by deal_no order by stage_no) as left_at
from timed
where entered_at < timestamp '$as_of';
create table raw_salesforce.account as
select account_id as id, name, 'https://www.' || domain || '/about' as website, 'Retail' as industry,
    case when account_id in (select account_id from world.stage where stage_name = 'Closed Won') then 'Customer' else 'Prospect' end as type,
    'DE' as billing_country_code, staff as number_of_employees, cast(staff * 150000 as double) as annual_revenue, false as is_deleted, timestamp '$as_of' - interval 2 day as _fivetran_synced
from world.company;
create table raw_salesforce.contact as
select contact_id as id, account_id, email, cast(null as varchar) as phone, cast(null as varchar) as mobile_phone, first_name, last_name, 'Buyer' as title, 'Berlin' as mailing_city,
    'DE' as mailing_country_code, met_at as created_date, met_at + interval 5 day as last_modified_date, contact_no % 40 = 37 as is_deleted, met_at + interval 6 day as _fivetran_synced
from world.business_contact where contact_id is not null;
create table raw_salesforce.lead as
select lead_id as id, email, cast(null as varchar) as phone, first_name, last_name, 'Buyer' as title, company_name as company, 'Berlin' as city, 'DE' as country_code,
    case when contact_id is not null then 'Converted' else world.pick(['Open', 'Working', 'Unqualified'], 'leadstatus', contact_no) end as status,
    contact_id is not null as is_converted, contact_id as converted_contact_id, created_at as created_date, met_at as last_modified_date, false as is_deleted,
    met_at + interval 1 day as _fivetran_synced
from world.business_contact where lead_id is not null;
create table raw_salesforce.opportunity as
select opportunity_id as id, account_id, 'Deal ' || deal_no as name, stage_name, amount,
    stage_name like 'Closed%' as is_closed, stage_name = 'Closed Won' as is_won,
    case when stage_name like 'Closed%' then entered_at else opened_at + interval 90 day end as close_date, opened_at as created_date, false as is_deleted,
    least(entered_at + interval 1 hour, timestamp '$as_of') as _fivetran_synced
from world.stage where left_at is null;
create table raw_salesforce.opportunity_history as
select opportunity_id as id, left_at is null as _fivetran_active, entered_at as _fivetran_start, coalesce(left_at, timestamp '9999-12-31 23:59:59') as _fivetran_end,
    account_id, stage_name, amount, stage_name like 'Closed%' as is_closed, stage_name = 'Closed Won' as is_won, false as is_deleted,
    least(entered_at + interval 1 hour, timestamp '$as_of') as _fivetran_synced
from world.stage;
create table raw_salesforce.opportunity_contact_role as
select '00K5' || lpad(cast(deal_no as varchar), 14, '0') as id, opportunity_id, '0035' || lpad(cast(company_no * 4 + deal_no % 3 as varchar), 14, '0') as contact_id,
    'Decision Maker' as role, true as is_primary, opened_at as created_date, false as is_deleted, least(opened_at + interval 1 hour, timestamp '$as_of') as _fivetran_synced
from world.stage where stage_no = 0;

create table raw_google_ads.campaign_history as
select 100 + n as id, timestamp '$as_of' - interval 500 day as updated_at, ['Brand', 'Generic', 'Shopping'][n + 1] as name, 11 as customer_id, 'SEARCH' as advertising_channel_type, 'ENABLED' as status from range(3) as r(n);
create table raw_google_ads.campaign_stats as
select md5('g' || c.n || '-' || d.n) as _fivetran_id, 100 + c.n as id, 11 as customer_id, cast(timestamp '$as_of' as date) - cast(d.n as integer) as date, 'MOBILE' as device, 'SEARCH' as ad_network_type,
    cast(1000 + hash(c.n, d.n, $seed) % 2000 as bigint) as impressions, cast(40 + hash(c.n, d.n, 1) % 60 as bigint) as clicks, cast(20000000 + hash(c.n, d.n, 2) % 30000000 as bigint) as cost_micros,
    timestamp '$as_of' - to_days(cast(d.n - 1 as integer)) as _fivetran_synced
from range(3) as c(n), range(1, $advertised_days + 1) as d(n);
create table raw_facebook_ads.campaign_history as
select 500 + n as id, ['Retargeting', 'Lookalike'][n + 1] as name, 77 as account_id, timestamp '$as_of' - interval 500 day as updated_time, timestamp '$as_of' as _fivetran_synced from range(2) as r(n);
create table raw_facebook_ads.ad_history as
select 900 + n as id, 500 + n % 2 as campaign_id, 'Ad ' || n as name, timestamp '$as_of' - interval 500 day as updated_time, timestamp '$as_of' as _fivetran_synced from range(4) as r(n);
create table raw_facebook_ads.basic_ad as
select 900 + a.n as ad_id, cast(timestamp '$as_of' as date) - cast(d.n as integer) as date, 77 as account_id, cast(500 + hash(a.n, d.n, $seed) % 900 as bigint) as impressions,
    cast(10 + hash(a.n, d.n, 1) % 30 as bigint) as inline_link_clicks, cast(10 + hash(a.n, d.n, 2) % 20 as decimal(18, 2)) as spend, 400 as reach, timestamp '$as_of' - to_days(cast(d.n - 1 as integer)) as _fivetran_synced
from range(4) as a(n), range(1, $advertised_days + 1) as d(n);

-- What people answer follows how they were served.
create table world.response as
with served as (
    select person_id, count(*) filter (where is_late) as late_count, count(*) as order_count from world.purchase group by person_id
)
select
    'N-' || person_id as response_id, 'nps' as survey_type, person_id, cast(null as varchar) as ticket_id,
    case when person_id % 50 = 2 then 'n/a' when person_id % 70 = 2 then '11' else cast(cast(greatest(0, least(10,
        floor(10.9 - 4 * world.u('nps', person_id) - case when coalesce(late_count, 0) > 0 then 1.5 + 3.5 * late_count / order_count else 0 end))) as integer) as varchar) end as score,
    date_trunc('second', joined_at + (active_until_at - joined_at) * world.u('npsat', person_id)) as asked_at
from world.person left join served using (person_id)
where kind in ('customer', 'guest') and world.u('survey', person_id) < 0.2
union all
select 'C-' || ticket_id, 'csat', person_id, cast(ticket_id as varchar),
    cast(cast(greatest(1, floor(5.99 - 2.5 * world.u('csat', ticket_id) - case when is_late then 1.6 else 0 end)) as integer) as varchar), asked_at + interval 3 day
from world.ticket where world.u('csatasked', ticket_id) < 0.3 and asked_at + interval 3 day < timestamp '$as_of';
create table raw_surveys.response as
select r.response_id, r.survey_type, case when p.kind = 'customer' and p.person_id % 2 = 0 then p.user_id end as user_id, p.email, r.score,
    cast(null as varchar) as comment, r.ticket_id, r.asked_at as responded_at, least(r.asked_at + interval 1 hour, timestamp '$as_of') as _loaded_at
from world.response as r inner join world.person as p using (person_id);
create table world.review as
select 'V-' || l.line_no as review_id, l.product_id, o.person_id, o.ordered_at + interval 12 day as submitted_at,
    cast(1 + floor(sqrt(world.u('stars', l.line_no)) * case when o.is_late then 3.5 else 4.99 end) as integer) as rating
from world.purchase_line as l inner join world.purchase as o on l.order_no = o.order_no
where world.u('review', l.line_no) < 0.06 and o.ordered_at + interval 12 day < timestamp '$as_of';
create table raw_reviews.product_review as
select r.review_id, cast(r.product_id as varchar) as product_id, p.email, r.rating, case when r.rating > 3 then 'Fits' else 'Not for me' end as title,
    case when r.rating > 3 then 'I like it 👍' else 'It came late and I expected more.' end as body, r.submitted_at, r.submitted_at as _loaded_at
from world.review as r inner join world.person as p using (person_id);
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
-- What some click in the banner: yes or no to being measured, and to pages that adapt.
select 'C' || c.n || '-' || person_id, email, null, user_id, ['analytics', 'personalisation'][c.n], 'all',
    case when world.u('banner', person_id * 10 + c.n) < 0.7 then 'granted' else 'denied' end, 'cookie banner', country_code,
    joined_at, joined_at + interval 10 minute
from world.person, range(1, 3) as c(n) where kind = 'customer' and world.u('clicked', person_id) < 0.15 and joined_at < timestamp '$as_of'
union all
-- Asked for in the app and on the site, beside the newsletter's own form.
select case channel when 'push' then 'A-' else 'B-' end || person_id, email, null, case when kind = 'customer' then user_id end, 'marketing', channel, 'granted',
    case channel when 'push' then 'app settings' else 'web form' end, country_code, granted_at, granted_at + interval 10 minute
from world.subscriber where channel <> 'sms' and granted_at < timestamp '$as_of'
union all
select 'X-' || person_id, email, null, case when kind = 'customer' then user_id end, 'marketing', 'push', 'denied', 'app settings', country_code,
    refused_at, least(refused_at + interval 1 hour, timestamp '$as_of')
from world.subscriber where channel = 'push' and refused_at < timestamp '$as_of'
union all
select 'Z-' || person_id, email, null, null, 'marketing', 'email', 'maybe', 'import', country_code, joined_at, joined_at from world.person where person_id % 900 = 5;
create table raw_consent.privacy_request as
select 'P-' || person_id as request_id, email, case when kind = 'customer' then user_id end as user_id, case when person_id % 2 = 0 then 'erasure' else 'access' end as request_type,
    active_until_at - interval 1 hour as requested_at, active_until_at as _loaded_at
from world.person where kind in ('customer', 'guest') and person_id % 113 = 3;
