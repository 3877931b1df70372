-- Behaviour of the people $low .. $high, appended, so that any scale fits in memory.
-- One hash of a session or an event is cut into several draws of 16 bits: hashing text for each is slow.
create or replace macro world.bits(draw, shift) as ((draw >> shift) & 65535) / 65536.0;

create or replace macro world.agent(id) as world.pick([
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36',
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile Safari/604.1',
    'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15'
], 'agent', id);

create or replace table world.session as
with counted as (
    select
        *,
        -- Who stayed longer came more often; the divisor makes the mean of all people what was asked for.
        cast(ceil($events_per_customer / 2.78 * activity * (0.4 + 0.6 * (gone_day - joined_day) / 366)) as bigint) as session_count
    from world.person
    where person_id between $low and $high and kind <> 'store_only'
),

numbered as (
    select
        person_id, kind, user_id, is_on_segment, is_app_user, anonymous_id, shared_anonymous_id, has_shared_device, has_dormant_spell, favourite_category, joined_day,
        gone_day, unnest(range(session_count)) as session_number
    from counted
),

drawn as (
    select *, person_id * 1000 + session_number as session_id, hash('session', person_id, session_number, $seed) as draw
    from numbered
),

-- Interest rises and, for those who leave, fades; some are away for two fifths of their time.
risen as (
    select
        *,
        case
            when gone_day < 732 then (world.bits(draw, 0) + world.bits(draw, 16)) / 2
            else power(world.bits(draw, 0), 0.8)
        end as place
    from drawn
),

placed as (
    select
        *,
        joined_day + (gone_day - joined_day) * case
            when not has_dormant_spell then place
            when place < 0.5 then place * 0.8
            else 0.8 + (place - 0.5) * 0.4
        end as day_no
    from risen
)

select
    placed.person_id,
    placed.user_id,
    placed.is_on_segment,
    placed.session_number,
    placed.session_id,
    case when placed.has_shared_device and world.bits(draw, 32) < 0.5 then placed.shared_anonymous_id else placed.anonymous_id end
        as anonymous_id,
    placed.kind = 'customer' and (placed.draw >> 48) % 100 < 35 as is_logged_in,
    placed.is_app_user and (placed.draw >> 55) % 2 = 0 as is_in_app,
    make_timestamp(1000000 * (slot.begins_second + cast(placed.draw % 900 as bigint) * slot.seconds // 900)) as started_at,
    2 + cast((placed.draw >> 40) % 11 as integer) as event_count,
    15 + cast((placed.draw >> 8) % 50 as bigint) as step_seconds,
    world.agent(placed.person_id) as user_agent,
    placed.favourite_category,
    ['google', 'facebook', 'newsletter'][cast((placed.draw >> 24) % 5 as integer) - 1] as utm_source
from placed
inner join world.slot as slot on slot.slot_no = cast(floor(least(placed.day_no, 731.9) * 96) as bigint)
union all
-- Robots: one for every four hundred people, long sessions, and they say what they are.
select
    1000000000 + n, null, true, s, (1000000000 + n) * 1000 + s, 'anon-bot-' || n, false, false,
    timestamp '$as_of' - to_hours(cast(1 + world.u('botwhen', n * 100 + s) * 4000 as bigint)),
    40, 41, 'Mozilla/5.0 (compatible; Indexbot/2.1; +https://index.example/bot)', null, null
from range(greatest(1, $customers // 400)) as b(n), range(4) as r(s) where n * 400 between $low and $high;

-- The streams read this three times rather than keep it: making it again is quicker than writing it.
-- One event in a hundred arrives days late, none after the world ends; one in five thousand carries
-- a clock or a key that is nonsense.
create or replace view world.event as
select
    *,
    started_at + to_seconds(k * step_seconds) as occurred_at,
    least(
        started_at + case
            when draw % 100 = 0 then to_seconds(k * step_seconds + 86400 + cast(draw % 345600 as bigint))
            else to_seconds(k * step_seconds + 3) end,
        timestamp '$as_of'
    ) as received_at,
    -- Who cares for one kind of product looks at its like two times in three.
    7000000001 + case
        when favourite_category is not null and (draw >> 56) % 3 < 2
            then least(popular_no - popular_no % 5 + favourite_category, greatest(40, $customers // 20) - 1)
        else popular_no end as product_id,
    cast((draw >> 44) % 20 as integer) as action_no
from (
    select
        *,
        -- Some things are looked at far more than others.
        cast(floor(power(world.bits(draw, 24), 2) * greatest(40, $customers // 20)) as bigint) as popular_no
    from (
        select *, hash(session_id, k, $seed) as draw
        from (
            select *, unnest(range(event_count)) as k
            from world.session
        ) as stepped
    ) as drawn
) as hashed;

insert into raw_segment.pages
select
    case when draw % 5000 <> 1 then to_hex(draw) || to_hex(session_id) end, anonymous_id, case when is_logged_in then user_id end, received_at,
    received_at - interval 1 second, occurred_at, 'https://shop.example/p/' || product_id, '/p/' || product_id,
    'Product', case when k = 0 then 'https://www.google.com/' end, utm_source,
    case when utm_source is not null then 'cpc' end, case when utm_source is not null then 'spring' end,
    '203.0.113.7', user_agent
from world.event where is_on_segment and not is_in_app and action_no < 9;

insert into raw_segment.tracks
select
    to_hex(draw) || to_hex(session_id), anonymous_id, case when is_logged_in then user_id end,
    case when action_no < 9 then case when k = 0 then 'application_opened' else 'screen_viewed' end
        when action_no < 16 then 'product_viewed' when action_no < 18 then 'product_added'
        when action_no < 19 then 'products_searched' else 'checkout_started' end,
    case when action_no < 9 then case when k = 0 then 'Application Opened' else 'Screen Viewed' end
        when action_no < 16 then 'Product Viewed' when action_no < 18 then 'Product Added'
        when action_no < 19 then 'Products Searched' else 'Checkout Started' end,
    received_at, received_at - interval 1 second,
    case when draw % 5000 = 2 then timestamp '0001-01-01 00:00:00' when draw % 5000 = 3 then timestamp '9999-12-31 00:00:00'
        else occurred_at end,
    occurred_at, 'https://shop.example/p/' || product_id, null, user_agent, utm_source, null, null,
    case when action_no between 9 and 17 then cast(product_id as varchar) end, null, null, 'EUR',
    case when is_in_app then case when person_id % 2 = 0 then 'analytics-ios' else 'analytics-android' end else 'analytics.js' end
from world.event where is_on_segment and (is_in_app or action_no >= 9);

insert into raw_snowplow.events
select
    to_hex(draw) || to_hex(session_id), case when action_no < 9 then 'page_view' else 'struct' end,
    case when action_no < 9 then 'page_view' else 'event' end, 'web', case when is_logged_in then user_id end,
    anonymous_id, cast(session_id as varchar), cast(session_number + 1 as bigint), received_at, occurred_at,
    received_at, 'https://magazine.example/p/' || product_id,
    case when k = 0 then 'https://www.google.com/' end, null, utm_source, null,
    case when action_no >= 9 then 'shop' end,
    case when action_no < 9 then null when action_no < 16 then 'product_view' when action_no < 18 then 'add_to_cart'
        when action_no < 19 then 'search' else 'checkout_started' end,
    null, case when action_no >= 9 then cast(product_id as varchar) end, null, null, null, user_agent, 'DE'
from world.event where not is_on_segment;

insert into raw_segment.identifies
select
    md5('i' || p.person_id || '$seed'), p.anonymous_id, p.user_id, p.joined_at + interval 5 minute,
    p.joined_at + interval 5 minute, p.email, case when world.u('idphone', p.person_id) < 0.4 then p.phone end,
    p.first_name, p.last_name, cast(p.birth_date as varchar), p.city, p.country_code,
    world.agent(p.person_id),
    case when world.u('says', p.person_id) < 0.6 then
        case when p.first_name in ('Anna', 'Émilie', 'Zoë', 'Fatima', 'Mary', 'Yuki', 'Nora', 'Clara', 'Ines', 'Lea') then 'female' else 'male' end end,
    case p.country_code when 'DE' then 'de-DE' when 'FR' then 'fr-FR' else 'en-' || p.country_code end
from world.person as p
where p.kind in ('customer', 'test') and p.is_on_segment and p.person_id between $low and $high;
