-- The spine: who exists, and the process each person follows. Every draw is a hash of (purpose, id,
-- seed), so a table can be made in any order and by any number of threads and comes out the same.
create or replace macro world.u(purpose, id) as
    (hash(purpose, id, $seed) >> 11) / 9007199254740992.0;
create or replace macro world.pick(words, purpose, id) as
    words[1 + cast(floor(world.u(purpose, id) * len(words)) as integer)];
-- Exponential with mean 1.
create or replace macro world.e(purpose, id) as -ln(1.0 - world.u(purpose, id));

-- What the process is made of: what an estimate from the landed rows is compared with.
create table demo_truth.parameters as
select * from (values
    ('days', 732, 'days the world lasts, to its last moment'),
    ('buyer_share', 0.88, 'registered customers that ever buy in the web shop'),
    ('bgnbd_r', 1, 'repeat orders per day ~ Gamma(r, alpha), in operational days'),
    ('bgnbd_alpha', 90, 'see bgnbd_r'),
    ('bgnbd_a', 1, 'chance to drop out after a repeat order ~ Beta(a, b)'),
    ('bgnbd_b', 3, 'see bgnbd_a'),
    ('gamma_gamma_p', 3, 'order value ~ Gamma(p, v), v ~ Gamma(q, gamma), before discount'),
    ('gamma_gamma_q', 4, 'see gamma_gamma_p'),
    ('gamma_gamma_gamma', 80, 'see gamma_gamma_p'),
    ('late_delivery_share', 0.12, 'web orders that arrive late'),
    ('ticket_chance_in_time', 0.04, 'a ticket after an order that came in time'),
    ('ticket_chance_late', 0.5, 'a ticket after an order that came late'),
    ('trial_conversion', 0.7, 'club trials that are paid for'),
    ('monthly_cancellation', 0.06, 'monthly memberships that end with a period'),
    ('yearly_cancellation', 0.3, 'yearly memberships that end with a period'),
    ('opportunity_win', 0.4, 'closed opportunities that are won')
) as given(parameter_name, parameter_value, parameter_text);
create or replace macro world.parameter(name) as
    (select parameter_value from demo_truth.parameters where parameter_name = name);

-- Processes run in operational time, in which every quarter of an hour is as busy as any other; this
-- table says when in the calendar each is. Months, holidays, weekdays and hours weigh in hundredths.
create table world.slot as
with hours as (
    select h, timestamp '$as_of' - interval 732 day + to_hours(cast(h as integer)) as hour_at
    from range(732 * 24) as r(h)
),

weighed as (
    select
        h,
        [85, 80, 90, 95, 100, 100, 85, 85, 100, 105, 120, 125][month(hour_at)]
        * case
            when month(hour_at) = 11 and day(hour_at) between 23 and 29 then 190 -- Black Friday week
            when month(hour_at) = 12 and day(hour_at) between 8 and 20 then 150
            when month(hour_at) = 12 and day(hour_at) between 24 and 26 then 45
            else 100 end
        * [100, 95, 95, 100, 100, 115, 130][isodow(hour_at)]
        * [
            25, 15, 10, 8, 10, 20, 40, 70, 90, 100, 105, 110, 120, 110, 100, 100, 105, 120, 150, 180, 200, 190,
            130, 60
        ][1 + hour(hour_at)] as weight
    from hours
),

summed as (
    select h, weight, sum(weight) over (order by h) - weight as before_weight, sum(weight) over () as total_weight
    from weighed
),

placed as (
    select h, before_weight * 17568.0 / total_weight as begins, weight * 17568.0 / total_weight as hour_size
    from summed
)

select
    cast(q as bigint) as slot_no,
    cast(epoch_us(timestamp '$as_of' - interval 732 day) / 1000000 as bigint)
    + cast(floor(3600 * (placed.h + least((q / 4.0 - placed.begins) / placed.hour_size, 1))) as bigint) as begins_second,
    -- What a slot's quarter of an hour takes on the clock, cut at the hour.
    greatest(1, cast(floor(3600 * least(
        0.25 / placed.hour_size, 1 - least((q / 4.0 - placed.begins) / placed.hour_size, 1)
    )) as bigint)) as seconds
from range(732 * 96) as r(q)
asof join placed on q / 4.0 >= placed.begins;

create macro world.category(n) as ['Outdoor', 'Running', 'Travel', 'Yoga', 'Home'][1 + cast(n % 5 as integer)];
create table world.product as
select
    7000000001 + n as product_id,
    world.pick(['Trail', 'City', 'Alpine', 'Coast', 'Studio', 'Nordic'], 'pname', n) || ' '
    || world.pick(['Jacket', 'Shoe', 'Backpack', 'Shirt', 'Bottle', 'Lamp', 'Mat'], 'pkind', n)
    || ' ' || n as product_name,
    world.category(n) as category,
    world.pick(['Fjellrev', 'Korallo', 'Zénith', 'Hokari'], 'pbrand', n) as brand,
    -- Golden steps: each category has something for every purse.
    cast(9 + floor((n // 5 * 0.6180339887 + n % 5 * 0.2) % 1 * 140) + 0.9 as decimal(18, 2)) as price,
    n % 23 = 0 as is_discontinued
from range(greatest(40, $customers // 20)) as r(n);

create table world.store as
select
    'S' || lpad(cast(n as varchar), 3, '0') as store_id,
    ['Berlin', 'Hamburg', 'London', 'Paris', 'New York', 'München'][1 + n % 6] as city,
    ['DE', 'DE', 'GB', 'FR', 'US', 'DE'][1 + n % 6] as country_code,
    cast([52.52, 53.55, 51.51, 48.86, 40.71, 48.14][1 + n % 6] + (n // 6) * 0.01 as double) as latitude,
    cast([13.40, 9.99, -0.13, 2.35, -74.01, 11.58][1 + n % 6] as double) as longitude
from range(6 + $customers // 5000) as r(n);

-- A quarter of the households have two or three members.
create table world.draft as
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
        722 - 720 * world.u('joined', n) as joined_day
    from range($customers) as r(n)
    where $chosen
)

select
    *,
    kind = 'customer' and world.u('buyer', person_id) < world.parameter('buyer_share') as is_buyer,
    world.e('rate', person_id) / world.parameter('bgnbd_alpha') as purchase_rate,
    greatest(0.0001, 1 - power(1 - world.u('dropout', person_id), 1 / world.parameter('bgnbd_b'))) as dropout_probability,
    (world.e('value1', person_id) + world.e('value2', person_id) + world.e('value3', person_id) + world.e('value4', person_id))
    / world.parameter('gamma_gamma_gamma') as value_rate
from drawn;

-- Orders in operational seconds: the first soon after joining, then with exponential gaps; after each
-- repeat order the person may drop out. Sums are of whole seconds, so that no order of adding shows.
create table world.order_time as
with planned as (
    select
        *,
        cast(86400 * (joined_day + 6 * power(world.u('first', person_id), 2)) as bigint) as first_second,
        1 + cast(least(59, floor(ln(1 - world.u('last', person_id)) / ln(1 - dropout_probability))) as bigint) as repeat_limit
    from world.draft
    where is_buyer
),

spread as (
    -- No more rows than the time that is left can plausibly hold.
    select *, unnest(range(1 + least(repeat_limit, 12 + cast(ceil(2 * purchase_rate * (732 - joined_day)) as bigint)))) as k
    from planned
),

summed as (
    select
        person_id,
        k,
        k = repeat_limit as is_last,
        first_second + sum(
            case when k = 0 then 0
                else cast(86400 * least(world.e('gap', person_id * 100 + k) / purchase_rate, 3000) as bigint) end
        ) over (partition by person_id order by k) as order_second
    from spread
)

select person_id, k, is_last, cast(order_second as bigint) as order_second
from summed
where order_second < 732 * 86400;

create table world.person as
with lived as (
    select
        draft.*,
        cast(732 * 86400 as bigint) as end_second,
        -- Those who dropped out look around a little longer; of those who never buy a third leave.
        case
            when draft.is_buyer then cast(coalesce(last_order.order_second, 733 * 86400) + 86400 * 25 * world.u('fade', person_id) as bigint)
            when world.u('churn', person_id) < 0.35
                then cast(86400 * (joined_day + (732 - joined_day) * world.u('left', person_id)) as bigint)
            else cast(733 * 86400 as bigint)
        end as gone_second
    from world.draft as draft
    left join (select person_id, order_second from world.order_time where is_last) as last_order using (person_id)
),

dated as (
    select
        lived.*,
        make_timestamp(1000000 * (joined.begins_second + cast(floor(world.u('joinsec', person_id) * joined.seconds) as bigint)))
            as joined_at,
        case
            when left_slot.slot_no is null then timestamp '$as_of'
            else make_timestamp(1000000 * (left_slot.begins_second + left_slot.seconds))
        end as active_until_at
    from lived
    inner join world.slot as joined on joined.slot_no = cast(floor(joined_day * 96) as bigint)
    left join world.slot as left_slot on left_slot.slot_no = 1 + gone_second // 900
),

grouped as (
    select *, case when world.u('household', person_id // 3) < 0.25 then person_id // 3 * 3 else person_id end as household_id
    from dated
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
    from grouped
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
    active_until_at,
    joined_day,
    least(gone_second, end_second) / 86400.0 as gone_day,
    is_buyer,
    purchase_rate,
    dropout_probability,
    value_rate,
    -- Who buys often also looks often, though not only who buys often.
    (world.u('rate', person_id) + world.u('activity', person_id)) / 2 as activity,
    world.u('discount', person_id) as discount_affinity,
    -- Most care for one kind of product above all, see world.category.
    case when world.u('taste', person_id) < 0.7 then cast(floor(world.u('favourite', person_id) * 5) as integer) end
        as favourite_category,
    0.85 * power(world.u('opens', person_id), 1.4) as open_probability,
    0.25 * world.u('clicks', person_id) as click_probability,
    world.u('dormant', person_id) < 0.1 as has_dormant_spell,
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
    person_id % 5 < 3 as is_on_segment,
    kind = 'customer' and person_id % 5 < 3 and world.u('app', person_id) < 0.3 as is_app_user
from (
    select
        *,
        case when person_id % 97 = 0 and person_id >= 50 then person_id - 50 else person_id end as phone_no
    from placed
) as numbered;
