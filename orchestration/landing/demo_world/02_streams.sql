-- Behaviour of the people $low .. $high, appended, so that any scale fits in memory.
create or replace table world.session as
select
    p.person_id,
    p.kind,
    p.user_id,
    p.is_on_segment,
    s.n as session_number,
    p.person_id * 1000 + s.n as session_id,
    case when p.has_shared_device and world.u('device', p.person_id * 1000 + s.n) < 0.5
        then p.shared_anonymous_id else p.anonymous_id end as anonymous_id,
    p.kind = 'customer' and world.u('login', p.person_id * 1000 + s.n) < 0.35 as is_logged_in,
    date_trunc('second', p.joined_at + (p.active_until_at - p.joined_at)
        * world.u('when', p.person_id * 1000 + s.n)) as started_at,
    2 + cast(floor(world.u('length', p.person_id * 1000 + s.n) * 11) as integer) as event_count,
    world.pick([
        'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36',
        'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Mobile Safari/604.1',
        'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36',
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15'
    ], 'agent', p.person_id) as user_agent,
    world.pick([null, null, 'google', 'facebook', 'newsletter'], 'utm', p.person_id * 1000 + s.n) as utm_source
from world.person as p,
    lateral unnest(range(cast(ceil($events_per_customer / 7.5 * 2 * p.activity) as bigint))) as s(n)
where p.person_id between $low and $high and p.kind <> 'store_only'
union all
-- Robots: one for every four hundred people, long sessions, and they say what they are.
select
    1000000000 + n, 'bot', null, true, s, (1000000000 + n) * 1000 + s, 'anon-bot-' || n, false,
    timestamp '$as_of' - to_hours(cast(1 + world.u('botwhen', n * 100 + s) * 4000 as bigint)),
    40, 'Mozilla/5.0 (compatible; Indexbot/2.1; +https://index.example/bot)', null
from range($low // 400, greatest($low // 400 + 1, ($high + 1) // 400)) as b(n), range(4) as r(s);

create or replace table world.event as
select
    x.*,
    md5('e' || x.session_id || '-' || x.k || '$seed') as event_id,
    x.started_at + to_seconds(x.k * 41) as occurred_at,
    -- One in a hundred arrives days late; none after the world ends.
    least(
        x.started_at + to_seconds(x.k * 41) + case
            when x.draw % 100 = 0 then to_hours(cast(24 + x.draw % 96 as bigint)) else to_seconds(3) end,
        timestamp '$as_of'
    ) as received_at
from (
    select
        s.*,
        e.k,
        hash('event', s.session_id, e.k, $seed) % 1000000 as draw,
        7000000001 + cast(hash('product', s.session_id, e.k, $seed) % greatest(40, $customers // 20) as bigint)
            as product_id
    from world.session as s, lateral unnest(range(s.event_count)) as e(k)
) as x;

insert into raw_segment.pages
select
    event_id, anonymous_id, case when is_logged_in then user_id end, received_at,
    received_at - interval 1 second, occurred_at, 'https://shop.example/p/' || product_id, '/p/' || product_id,
    'Product', case when k = 0 then 'https://www.google.com/' end, utm_source,
    case when utm_source is not null then 'cpc' end, case when utm_source is not null then 'spring' end,
    '203.0.113.7', user_agent
from world.event where is_on_segment and draw % 20 < 9;

insert into raw_segment.tracks
select
    event_id, anonymous_id, case when is_logged_in then user_id end, lower(replace(name, ' ', '_')), name,
    received_at, received_at - interval 1 second, occurred_at, occurred_at,
    'https://shop.example/p/' || product_id, null, user_agent, utm_source, null, null,
    case when name like 'Product%' then cast(product_id as varchar) end, null, null, 'EUR'
from (
    select *, case when draw % 20 < 16 then 'Product Viewed' when draw % 20 < 18 then 'Product Added'
        when draw % 20 < 19 then 'Products Searched' else 'Checkout Started' end as name
    from world.event where is_on_segment and draw % 20 >= 9
) as named;

insert into raw_snowplow.events
select
    event_id, case when draw % 20 < 9 then 'page_view' else 'struct' end,
    case when draw % 20 < 9 then 'page_view' else 'event' end, 'web', case when is_logged_in then user_id end,
    anonymous_id, cast(session_id as varchar), cast(session_number + 1 as bigint), received_at, occurred_at,
    received_at, 'https://magazine.example/p/' || product_id,
    case when k = 0 then 'https://www.google.com/' end, null, utm_source, null,
    case when draw % 20 >= 9 then 'shop' end,
    case when draw % 20 < 9 then null when draw % 20 < 16 then 'product_view' when draw % 20 < 18 then 'add_to_cart'
        when draw % 20 < 19 then 'search' else 'checkout_started' end,
    null, case when draw % 20 >= 9 then cast(product_id as varchar) end, null, null, null, user_agent, 'DE'
from world.event where not is_on_segment;

insert into raw_segment.identifies
select
    md5('i' || p.person_id || '$seed'), p.anonymous_id, p.user_id, p.joined_at + interval 5 minute,
    p.joined_at + interval 5 minute, p.email, case when world.u('idphone', p.person_id) < 0.4 then p.phone end,
    p.first_name, p.last_name, cast(p.birth_date as varchar), p.city, p.country_code,
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0 Safari/537.36'
from world.person as p
where p.kind in ('customer', 'test') and p.is_on_segment and p.person_id between $low and $high;
