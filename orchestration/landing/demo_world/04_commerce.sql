create table world.purchase as
with planned as (
    select person_id, k, cast(order_second as bigint) as order_second from world.order_time
    union all
    select person_id, 0, cast(86400 * (joined_day + (gone_day - joined_day) * world.u('order', person_id)) as bigint)
    from world.person where kind in ('guest', 'test')
),

drawn as (
    select planned.person_id * 100 + planned.k as order_no, planned.person_id, planned.order_second, person.kind,
        person.discount_affinity, person.favourite_category, person.value_rate
    from planned inner join world.person as person using (person_id)
)

select
    drawn.order_no,
    drawn.person_id,
    drawn.kind,
    make_timestamp(1000000 * (slot.begins_second + drawn.order_second % 900 * slot.seconds // 900)) as ordered_at,
    drawn.kind = 'guest' or world.u('guest', drawn.order_no) < 0.12 as is_guest,
    world.u('cut', drawn.order_no) < drawn.discount_affinity * 0.6 as is_discounted,
    world.u('typo', drawn.order_no) < 0.02 as is_mistyped,
    1 + cast(floor(world.u('lines', drawn.order_no) * 3) as integer) as line_count,
    (world.e('spend1', drawn.order_no) + world.e('spend2', drawn.order_no) + world.e('spend3', drawn.order_no)) / drawn.value_rate
        as wanted_amount,
    world.u('late', drawn.order_no) < world.parameter('late_delivery_share') as is_late,
    drawn.favourite_category
from drawn
inner join world.slot as slot on slot.slot_no = drawn.order_second // 900;

-- Lines are chosen so that an order comes near the amount the person wants to spend; prices are what
-- the price list has, so small and odd amounts are rounded to it. Each category has its own list, from
-- cheap to dear; who cares for one buys from it two times in three.
create table world.price_list as
select
    *, (product_id - 7000000001) % 5 as category_no,
    row_number() over (partition by (product_id - 7000000001) % 5 order by price, product_id) - 1 as price_rank
from world.product;
create table world.purchase_line as
with wanted as (
    select
        order_no, is_discounted, k, wanted_amount / line_count as line_wanted,
        case when favourite_category is not null and world.u('liked', order_no * 10 + k) < 0.67 then favourite_category
            else cast(floor(world.u('other', order_no * 10 + k) * 5) as integer) end as category_no,
        greatest(1, cast(ceil(wanted_amount / line_count / 149) as integer)) as quantity
    from (select *, unnest(range(line_count)) as k from world.purchase) as stepped
),

ranked as (
    select
        *,
        cast(floor(least(greatest((line_wanted / quantity - 9.9) / 140 + 0.06 * world.u('near', order_no * 10 + k) - 0.03, 0), 0.9999)
            * (select count(*) // 5 from world.product)) as bigint) as price_rank
    from wanted
)

select
    ranked.order_no * 10 + ranked.k as line_no,
    ranked.order_no,
    ranked.k,
    listed.product_id,
    ranked.quantity,
    listed.price,
    case when ranked.is_discounted then round(listed.price * ranked.quantity * 0.2, 2) else 0 end as discount_amount,
    listed.product_name
from ranked
inner join world.price_list as listed using (category_no, price_rank);

create table world.purchase_total as
select
    o.*,
    t.subtotal,
    t.discount,
    round((t.subtotal - t.discount) * 0.19, 2) as tax,
    world.u('refund', o.order_no) < case when o.is_late then 0.2 else 0.05 end as is_refunded,
    world.u('cancel', o.order_no) < 0.02 as is_cancelled
from world.purchase as o
inner join (
    select order_no, cast(sum(price * quantity) as decimal(18, 2)) as subtotal, cast(sum(discount_amount) as decimal(18, 2)) as discount
    from world.purchase_line group by order_no
) as t on o.order_no = t.order_no;

-- What is left of each product: deliveries come to what sells in a month, give or take; some run out.
create table world.stock as
select
    p.product_id,
    cast(greatest(0, floor((8 + coalesce(sold.units, 0)) * (0.75 + 1.6 * world.u('supply', p.product_id))) - coalesce(sold.units, 0)
        - case when world.u('forgotten', p.product_id) < 0.08 then 1000000 else 0 end) as bigint) as units
from world.product as p
left join (
    select l.product_id, sum(l.quantity) as units
    from world.purchase_line as l inner join world.purchase as o on l.order_no = o.order_no
    where o.ordered_at >= timestamp '$as_of' - interval 30 day group by l.product_id
) as sold on p.product_id = sold.product_id;

create table raw_shopify.customer as
select
    shop_customer_id as id, first_name, last_name, email,
    case when world.u('shopphone', person_id) < 0.6 then phone end as phone, joined_at as created_at,
    joined_at + interval 1 day as updated_at, is_opted_in as accepts_marketing, true as verified_email,
    'enabled' as state, least(joined_at + interval 2 day, timestamp '$as_of') as _fivetran_synced
from world.person where kind in ('customer', 'test')
union all
-- Delivered again, later, with a changed name: the later row holds.
select shop_customer_id, upper(first_name), last_name, email, phone, joined_at, joined_at + interval 2 day, is_opted_in,
    true, 'enabled', least(joined_at + interval 3 day, timestamp '$as_of')
from world.person where kind = 'customer' and person_id % 50 = 4
union all
select null, 'Nobody', null, 'lost' || person_id || '@post.example', null, joined_at, joined_at, false, false, 'enabled', joined_at
from world.person where person_id % 1000 = 12;

create table raw_shopify."order" as
select
    800000000 + o.order_no as id,
    case when not o.is_guest then p.shop_customer_id end as customer_id,
    case when o.is_mistyped then replace(p.email, '@', 'x@') else p.email end as email,
    'EUR' as currency, cast(o.subtotal - o.discount as decimal(18, 2)) as subtotal_price,
    cast(o.tax as decimal(18, 2)) as total_tax, cast(o.discount as decimal(18, 2)) as total_discounts,
    cast(o.subtotal - o.discount + o.tax as decimal(18, 2)) as total_price,
    o.ordered_at as created_at, o.ordered_at + interval 1 hour as updated_at, o.ordered_at as processed_at,
    case when o.is_refunded then 'refunded' else 'paid' end as financial_status,
    case when o.is_cancelled then o.ordered_at + interval 3 hour end as cancelled_at,
    cast(null as bigint) as location_id,
    case when world.u('app', o.order_no) < 0.15 then 'iphone' else 'web' end as source_name,
    p.kind = 'test' as test, p.first_name as billing_address_first_name, p.last_name as billing_address_last_name,
    p.street as billing_address_address_1, p.city as billing_address_city, cast(null as varchar) as billing_address_province,
    p.postal_code as billing_address_zip, p.country_code as billing_address_country_code,
    p.phone as shipping_address_phone, md5('k' || o.order_no) as checkout_token,
    least(o.ordered_at + interval 2 hour, timestamp '$as_of') as _fivetran_synced
from world.purchase_total as o inner join world.person as p on o.person_id = p.person_id;
create table raw_shopify.order_line as
select
    l.line_no as id, 800000000 + l.order_no as order_id, l.product_id, l.product_id + 1000000 as variant_id,
    l.product_name as name, l.price, cast(l.quantity as bigint) as quantity,
    cast(l.discount_amount as decimal(18, 2)) as total_discount, least(o.ordered_at + interval 2 hour, timestamp '$as_of') as _fivetran_synced
from world.purchase_line as l inner join world.purchase as o on l.order_no = o.order_no;
create table raw_shopify.refund as
select 300000000 + order_no as id, 800000000 + order_no as order_id,
    least(ordered_at + interval 9 day, timestamp '$as_of') as created_at,
    least(ordered_at + interval 9 day, timestamp '$as_of') as _fivetran_synced
from world.purchase_total where is_refunded;
create table raw_shopify.order_line_refund as
select l.line_no as id, 300000000 + l.order_no as refund_id, l.line_no as order_line_id, cast(l.quantity as bigint) as quantity,
    cast(l.price * l.quantity - l.discount_amount as decimal(18, 2)) as subtotal,
    cast(round((l.price * l.quantity - l.discount_amount) * 0.19, 2) as decimal(18, 2)) as total_tax,
    least(o.ordered_at + interval 9 day, timestamp '$as_of') as _fivetran_synced
from world.purchase_line as l inner join world.purchase_total as o on l.order_no = o.order_no where o.is_refunded;
create table raw_shopify.product as
select product_id as id, product_name as title, category as product_type, brand as vendor,
    timestamp '$as_of' - interval 800 day as created_at, timestamp '$as_of' - interval 30 day as updated_at,
    case when not is_discontinued then timestamp '$as_of' - interval 800 day end as published_at,
    false as _fivetran_deleted, timestamp '$as_of' - interval 1 day as _fivetran_synced
from world.product;
create table raw_shopify.product_tag as
select
    product_id, cast(t.n as integer) as index,
    case t.n when 1 then 'Colour: ' || world.pick(['Black', 'Blue', 'Olive', 'Red', 'Sand'], 'pcolour', product_id)
        else world.pick(['Material: Wool', 'Material: Recycled', 'Material: Leather', 'Handmade'], 'pmaterial', product_id) end as value,
    timestamp '$as_of' - interval 1 day as _fivetran_synced
from world.product, range(1, 3) as t(n);
create table raw_shopify.product_variant as
select product_id + 1000000 as id, product_id, product_id + 2000000 as inventory_item_id, price,
    s.units as inventory_quantity, 'SKU-' || product_id as sku,
    timestamp '$as_of' - interval 2 day as updated_at, timestamp '$as_of' - interval 1 day as _fivetran_synced
from world.product inner join world.stock as s using (product_id);
create table raw_shopify.inventory_item as
select product_id + 2000000 as id, 'SKU-' || product_id as sku, cast(price * 0.55 as decimal(18, 2)) as unit_cost_amount,
    'EUR' as unit_cost_currency_code, timestamp '$as_of' - interval 2 day as updated_at, false as _fivetran_deleted,
    timestamp '$as_of' - interval 1 day as _fivetran_synced
from world.product;
create table raw_shopify.inventory_level as
select product_id + 2000000 as inventory_item_id, 61 as location_id, timestamp '$as_of' - interval 2 day as updated_at,
    timestamp '$as_of' - interval 1 day as _fivetran_synced
from world.product;
create table raw_shopify.abandoned_checkout as
select
    900000000 + person_id as id, case when kind = 'customer' then shop_customer_id end as customer_id, email,
    cast(null as varchar) as phone, 'EUR' as currency, cast(20 + floor(world.u('cart', person_id) * 200) as decimal(18, 2)) as total_price,
    left_at as created_at, cast(null as timestamp) as completed_at, left_at as updated_at,
    'https://shop.example/checkout/' || md5('k' || person_id) as abandoned_checkout_url, country_code as shipping_address_country_code,
    false as _fivetran_deleted, left_at + interval 1 hour as _fivetran_synced
from (
    select *, date_trunc('second', active_until_at - to_seconds(cast(86400 * 40 * world.u('left2', person_id) as bigint)) - interval 2 hour) as left_at
    from world.person where kind in ('customer', 'guest') and world.u('abandon', person_id) < 0.2
) as leaving;

-- Club members: a fortnight's trial, then paid in advance by the month or the year until they cancel
-- or leave; one in thirty has a card that stopped working.
create table world.membership as
with drawn as (
    select
        *,
        'cus_' || substr(md5('s' || person_id), 1, 14) as customer_id,
        'sub_' || substr(md5('s' || person_id), 1, 14) as subscription_id,
        world.u('yearly', person_id) < 0.33 as is_yearly,
        joined_at + interval 14 day as trial_end,
        world.u('convert', person_id) < world.parameter('trial_conversion') as is_converted
    from world.person where is_subscriber
),

lasting as (
    select
        *,
        1 + cast(floor(ln(1 - world.u('cancelled', person_id)) / ln(1 - case
            when is_yearly then world.parameter('yearly_cancellation') else world.parameter('monthly_cancellation') end)) as integer) as period_count,
        case when is_yearly then 12 else 1 end as period_months,
        case when is_yearly then 9900 else 990 end as amount
    from drawn
)

select
    *,
    case when is_converted then trial_end + to_months(period_count * period_months) else trial_end end as ends_at,
    -- The decision falls before the period ends.
    case when is_converted then trial_end + to_months(period_count * period_months) - interval 10 day else trial_end - interval 2 day end
        as cancelled_at,
    is_converted and person_id % 31 = 0 as has_dead_card
from lasting;
create table world.invoice as
select
    m.*, period_no, 'in_' || substr(md5('v' || person_id || '-' || period_no), 1, 14) as invoice_id,
    trial_end + to_months(cast(period_no * period_months as integer)) as issued_at,
    has_dead_card and trial_end + to_months(cast((period_no + 1) * period_months as integer)) > least(ends_at, timestamp '$as_of') as is_unpaid
from (select *, unnest(range(least(period_count, 25))) as period_no from world.membership where is_converted) as m
where trial_end + to_months(cast(period_no * period_months as integer)) < timestamp '$as_of';

create table raw_stripe.customer as
select
    customer_id as id, email, case when person_id % 4 = 0 then phone end as phone,
    first_name || ' ' || last_name as name, city as address_city, postal_code as address_postal_code, street as address_line_1,
    country_code as address_country, joined_at as created, false as is_deleted, person_id % 211 <> 1 as livemode,
    joined_at + interval 1 hour as _fivetran_synced
from world.membership;
create table raw_stripe.plan as
select 'plan_month' as id, 990 as amount, 'eur' as currency, 'month' as interval, 1 as interval_count, 'Club monthly' as nickname, false as is_deleted, timestamp '$as_of' as _fivetran_synced
union all select 'plan_year', 9900, 'eur', 'year', 1, 'Club yearly', false, timestamp '$as_of';
create table raw_stripe.subscription as
select
    subscription_id as id, customer_id,
    case
        when ends_at <= timestamp '$as_of' then 'canceled'
        when trial_end > timestamp '$as_of' then 'trialing'
        when has_dead_card then 'past_due'
        else 'active'
    end as status,
    joined_at as created, joined_at as start_date, trial_end,
    coalesce(period.begins_at, joined_at) as current_period_start,
    coalesce(period.begins_at + to_months(period_months), trial_end) as current_period_end,
    cancelled_at <= timestamp '$as_of' and ends_at > timestamp '$as_of' as cancel_at_period_end,
    case when cancelled_at <= timestamp '$as_of' then cancelled_at end as canceled_at,
    case when ends_at <= timestamp '$as_of' then ends_at end as ended_at, true as livemode,
    least(greatest(joined_at + interval 1 hour, case when cancelled_at <= timestamp '$as_of' then cancelled_at else joined_at end), timestamp '$as_of')
        as _fivetran_synced
from world.membership
left join (select person_id, max(issued_at) as begins_at from world.invoice group by person_id) as period using (person_id);
create table raw_stripe.subscription_item as
select 'si_' || substr(md5('s' || person_id), 1, 14) as id, subscription_id,
    case when is_yearly then 'plan_year' else 'plan_month' end as plan_id, 1 as quantity, joined_at + interval 1 hour as _fivetran_synced
from world.membership;
create table raw_stripe.invoice as
select
    invoice_id as id, customer_id, subscription_id, 'eur' as currency,
    amount as subtotal, 0 as tax, amount as total, amount as amount_due, case when is_unpaid then 0 else amount end as amount_paid,
    case when is_unpaid then 'open' else 'paid' end as status, not is_unpaid as paid,
    issued_at - to_months(period_months) as period_start, issued_at as period_end,
    false as is_deleted, true as livemode, least(issued_at + interval 1 hour, timestamp '$as_of') as _fivetran_synced
from world.invoice;
create table raw_stripe.charge as
select 'ch' || substr(invoice_id, 3) as id, customer_id, card_token as card_id, email as receipt_email, invoice_id,
    amount, case when not is_unpaid and world.u('moneyback', person_id * 100 + period_no) < 0.01 then amount else 0 end as amount_refunded,
    'eur' as currency, case when is_unpaid then 'failed' else 'succeeded' end as status, not is_unpaid as paid, issued_at as created,
    true as livemode, least(issued_at + interval 1 hour, timestamp '$as_of') as _fivetran_synced
from world.invoice;

create table raw_pos.store as
select store_id, 'Store ' || city as store_name, 'Markt 1' as street, city, country_code, latitude, longitude, date '2015-04-01' as opened_on,
    timestamp '$as_of' - interval 1 day as _loaded_at
from world.store;
create table world.receipt as
with drawn as (
    select *, joined_day + (gone_day - joined_day) * world.u('pos', person_id * 100 + n) as day_no
    from (
        select *, unnest(range(case
            when kind = 'store_only' then 2 when is_loyalty_member then cast(floor(world.u('visits', person_id) * 4) as bigint) else 0 end)) as n
        from world.person
    ) as stepped
)

select
    'R-' || person_id || '-' || n as receipt_id, drawn.*,
    (select count(*) from world.store) as store_count,
    -- The day is as busy as the season makes it; shops are open from nine to eight.
    least(
        date_trunc('day', make_timestamp(1000000 * slot.begins_second))
        + to_seconds(cast(3600 * (9 + 11 * world.u('poshour', person_id * 100 + n)) as bigint)),
        timestamp '$as_of' - interval 1 minute
    ) as sold_at,
    cast(12 + floor(world.u('posamount', person_id * 100 + n) * 150) as decimal(18, 2)) as amount
from drawn
inner join world.slot as slot on slot.slot_no = cast(floor(least(day_no, 731.9) * 96) as bigint);
create table raw_pos.sale as
select
    receipt_id, 'S' || lpad(cast(cast(hash('store', person_id, $seed) % store_count as integer) as varchar), 3, '0') as store_id, 'K1' as register_no,
    case when is_loyalty_member then loyalty_no end as loyalty_no, card_token,
    case when world.u('posmail', person_id) < 0.1 then email end as email, cast(null as varchar) as phone, sold_at, 'EUR' as currency,
    amount as subtotal_amount, cast(0 as decimal(18, 2)) as discount_amount, cast(round(amount * 0.19, 2) as decimal(18, 2)) as tax_amount,
    amount as total_amount, case when person_id % 9 = 0 then 'WELCOME10' end as discount_code, hash(receipt_id, $seed) % 40 = 0 as is_return,
    least(sold_at + interval 6 hour, timestamp '$as_of') as _loaded_at
from world.receipt;
create table raw_pos.sale_line as
select receipt_id, 1 as line_no, cast(7000000001 + cast(hash('pos', receipt_id, $seed) % greatest(40, $customers // 20) as bigint) as varchar) as product_id,
    1 as quantity, amount as unit_price_amount, cast(0 as decimal(18, 2)) as discount_amount, amount as line_amount,
    least(sold_at + interval 6 hour, timestamp '$as_of') as _loaded_at
from world.receipt;

create table raw_erp.product as
select cast(product_id as varchar) as product_id, 'SKU-' || product_id as sku, product_name, category, brand, price as list_price,
    cast(price * 0.5 as decimal(18, 2)) as unit_cost, 'EUR' as currency, not is_discontinued as is_active,
    timestamp '$as_of' - interval 700 day as cost_valid_from, timestamp '$as_of' - interval 3 day as updated_at, timestamp '$as_of' - interval 1 day as _loaded_at
from world.product;
create table raw_erp.stock_level as
select
    cast(p.product_id as varchar) as product_id, s.store_id as location_id,
    cast(floor(p.units * (0.5 + world.u('onhand', p.product_id * 100 + s.n)) / 6) as integer) as on_hand,
    1 as reserved, timestamp '$as_of' - interval 1 day as counted_at, timestamp '$as_of' - interval 1 day as _loaded_at
from world.stock as p cross join (
    select store_id, row_number() over (order by store_id) as n from world.store order by store_id limit 6
) as s;

create table raw_loyalty.member as
select loyalty_no, email, case when world.u('loyphone', person_id) < 0.5 then phone end as phone, first_name, last_name, birth_date,
    ['bronze', 'silver', 'gold'][1 + person_id % 3] as tier, 'S000' as home_store_id, joined_at as enrolled_at, joined_at as updated_at,
    joined_at + interval 1 day as _loaded_at
from world.person where is_loyalty_member;
create table raw_loyalty.ledger as
select 'E-' || receipt_id as entry_id, loyalty_no, 'earn' as entry_type, cast(floor(amount) as integer) as points,
    ['bronze', 'silver', 'gold'][1 + person_id % 3] as tier, receipt_id, sold_at + interval 365 day as expires_at, sold_at as occurred_at,
    least(sold_at + interval 6 hour, timestamp '$as_of') as _loaded_at
from world.receipt where is_loyalty_member
union all
select 'X-' || receipt_id, loyalty_no, 'redeem', -10, null, receipt_id, null, sold_at, least(sold_at + interval 6 hour, timestamp '$as_of')
from world.receipt where is_loyalty_member and n = 2;
