-- The spine: who exists. Every draw is a hash of (purpose, id, seed), so a table can be made in any
-- order and by any number of threads and comes out the same.
create or replace macro world.u(purpose, id) as
    (hash(purpose, id, $seed) >> 11) / 9007199254740992.0;
create or replace macro world.pick(words, purpose, id) as
    words[1 + cast(floor(world.u(purpose, id) * len(words)) as integer)];

create table world.product as
select
    7000000001 + n as product_id,
    world.pick(['Trail', 'City', 'Alpine', 'Coast', 'Studio', 'Nordic'], 'pname', n) || ' '
    || world.pick(['Jacket', 'Shoe', 'Backpack', 'Shirt', 'Bottle', 'Lamp', 'Mat'], 'pkind', n)
    || ' ' || n as product_name,
    world.pick(['Outdoor', 'Running', 'Travel', 'Yoga', 'Home'], 'pcat', n) as category,
    world.pick(['Fjellrev', 'Korallo', 'Zénith', 'Hokari'], 'pbrand', n) as brand,
    cast(9 + floor(world.u('pprice', n) * 140) + 0.9 as decimal(18, 2)) as price,
    n % 23 = 0 as is_discontinued
from range(greatest(40, $customers // 20)) as r(n);

create table world.store as
select
    'S' || lpad(cast(n as varchar), 3, '0') as store_id,
    ['Berlin', 'Hamburg', 'London', 'Paris', 'New York', 'München'][1 + n % 6] as city,
    ['DE', 'DE', 'GB', 'FR', 'US', 'DE'][1 + n % 6] as country_code,
    [52.52, 53.55, 51.51, 48.86, 40.71, 48.14][1 + n % 6] + (n // 6) * 0.01 as latitude,
    [13.40, 9.99, -0.13, 2.35, -74.01, 11.58][1 + n % 6] as longitude
from range(6 + $customers // 5000) as r(n);

-- One row per person. A quarter of the households have two or three members.
create table world.person as
with drawn as (
    select
        n as person_id,
        case
            when n % 500 = 7 then 'test'
            when world.u('kind', n) < 0.66 then 'customer'
            when world.u('kind', n) < 0.76 then 'guest'
            when world.u('kind', n) < 0.86 then 'store_only'
            else 'anonymous'
        end as kind,
        case when world.u('household', n // 3) < 0.25 then n // 3 * 3 else n end as household_id,
        timestamp '$as_of' - to_seconds(cast(86400 * (10 + 720 * world.u('joined', n)) as bigint))
            as joined_at,
        world.u('activity', n) as activity,
        world.u('discount', n) as discount_affinity
    from range($customers) as r(n)
),

named as (
    select
        *,
        cast(floor(world.u('country', household_id) * 10) as integer) as country_draw,
        world.pick([
            'Anna', 'Lukas', 'Émilie', 'José', 'Zoë', 'Paul', 'Fatima', 'Søren', 'Mary', 'John',
            'Yuki', 'Александр', 'Nora', 'Ben', 'Clara', 'Omar', 'Ines', 'Tom', 'Lea', 'Max'
        ], 'first', person_id) as first_name,
        world.pick([
            'Müller', 'Schmidt', 'O''Brien', 'Dupont', 'García', 'Smith', 'Johnson', 'Kowalski',
            'Nguyen', 'Öztürk', 'Rossi', 'Andersen', 'Tanaka', 'Weber', 'Martin', 'Brown'
        ], 'last', household_id) as last_name
    from drawn
),

placed as (
    select
        *,
        case when country_draw < 4 then 'DE' when country_draw < 6 then 'GB'
            when country_draw < 8 then 'US' else 'FR' end as country_code
    from named
)

select
    person_id,
    kind,
    household_id,
    joined_at,
    -- A third of the people leave after a while; the others are there to the end.
    case
        when world.u('churn', person_id) < 0.35
            then joined_at + (timestamp '$as_of' - joined_at) * world.u('left', person_id)
        else timestamp '$as_of'
    end as active_until_at,
    activity,
    discount_affinity,
    first_name,
    last_name,
    country_code,
    case country_code when 'DE' then 'Berlin' when 'GB' then 'London' when 'US' then 'New York'
        else 'Paris' end as city,
    cast(10000 + cast(floor(world.u('zip', household_id) * 89999) as integer) as varchar)
        as postal_code,
    world.pick(['Hauptstraße', 'High Street', 'Rue de la Paix', 'Main Street'], 'street', household_id)
    || ' ' || cast(1 + cast(floor(world.u('house', household_id) * 120) as integer) as varchar)
        as street,
    date '1945-01-01' + cast(floor(world.u('birth', person_id) * 22000) as integer) as birth_date,
    case
        when kind = 'test' then 'test@shop' || person_id || '.example'
        else strip_accents(lower(
            replace(replace(case when first_name = 'Александр' then 'alexandr' else first_name end, ' ', ''), '''', '')
        )) || case when person_id % 40 = 3 then '.' else '' end
        || person_id || case when person_id % 60 = 11 then '+shop' else '' end
        || '@' || world.pick(['post', 'mail', 'inbox', 'home'], 'domain', person_id) || '.example'
    end as email,
    -- Carriers recycle numbers: every 97th person has the number that somebody else had before.
    case country_code
        when 'DE' then '+4915' || lpad(cast(100000000 + phone_no as varchar), 9, '0')
        when 'GB' then '+447' || lpad(cast(400000000 + phone_no as varchar), 9, '0')
        when 'US' then '+1212' || lpad(cast(2000000 + phone_no % 7999999 as varchar), 7, '0')
        else '+336' || lpad(cast(10000000 + phone_no as varchar), 8, '0')
    end as phone,
    'u' || lpad(cast(person_id as varchar), 8, '0') as user_id,
    5000000000 + person_id as shop_customer_id,
    'anon-' || substr(md5('a' || person_id || '$seed'), 1, 20) as anonymous_id,
    'anon-' || substr(md5('h' || household_id || '$seed'), 1, 20) as shared_anonymous_id,
    -- In most larger households there is a tablet that everybody uses.
    world.u('household', person_id // 3) < 0.25 and world.u('tablet', household_id) < 0.8 as has_shared_device,
    kind in ('customer', 'store_only') and world.u('loyal', person_id) < 0.45 as is_loyalty_member,
    'L' || lpad(cast(person_id as varchar), 8, '0') as loyalty_no,
    'card_' || substr(md5('c' || case when person_id % 41 = 5 then household_id else person_id end), 1, 16)
        as card_token,
    kind in ('customer', 'guest') and world.u('optin', person_id) < 0.7 as is_opted_in,
    kind = 'customer' and world.u('subscriber', person_id) < 0.12 as is_subscriber,
    person_id % 5 < 3 as is_on_segment
from (
    select
        *,
        case when person_id % 97 = 0 and person_id >= 50 then person_id - 50 else person_id end as phone_no
    from placed
) as numbered;
