create table world.purchase as
select
    p.person_id * 100 + k.n as order_no,
    p.person_id,
    p.kind,
    date_trunc('second', p.joined_at + (p.active_until_at - p.joined_at) * world.u('order', p.person_id * 100 + k.n))
        as ordered_at,
    p.kind = 'guest' or world.u('guest', p.person_id * 100 + k.n) < 0.12 as is_guest,
    world.u('cut', p.person_id * 100 + k.n) < p.discount_affinity * 0.6 as is_discounted,
    world.u('typo', p.person_id * 100 + k.n) < 0.02 as is_mistyped,
    1 + cast(floor(world.u('lines', p.person_id * 100 + k.n) * 3) as integer) as line_count
from world.person as p,
    lateral unnest(range(case
        when p.kind = 'customer' then cast(floor(world.u('orders', p.person_id) * world.u('orders2', p.person_id) * 9) as bigint)
        when p.kind = 'guest' then 1 when p.kind = 'test' then 1 else 0 end)) as k(n);

create table world.purchase_line as
select
    l.order_no * 10 + l.k as line_no,
    l.order_no,
    l.k,
    l.product_id,
    l.quantity,
    q.price,
    case when l.is_discounted then round(q.price * l.quantity * 0.2, 2) else 0 end as discount_amount,
    q.product_name
from (
    select
        o.order_no, o.is_discounted, e.k,
        7000000001 + cast(hash('bought', o.order_no, e.k, $seed) % greatest(40, $customers // 20) as bigint) as product_id,
        1 + cast(hash('quantity', o.order_no, e.k, $seed) % 3 as integer) as quantity
    from world.purchase as o, lateral unnest(range(o.line_count)) as e(k)
) as l
inner join world.product as q on l.product_id = q.product_id;

create table world.purchase_total as
select
    o.*,
    t.subtotal,
    t.discount,
    round((t.subtotal - t.discount) * 0.19, 2) as tax,
    world.u('refund', o.order_no) < 0.06 as is_refunded,
    world.u('cancel', o.order_no) < 0.02 as is_cancelled
from world.purchase as o
inner join (
    select order_no, sum(price * quantity) as subtotal, sum(discount_amount) as discount
    from world.purchase_line group by order_no
) as t on o.order_no = t.order_no;

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
create table raw_shopify.product_variant as
select product_id + 1000000 as id, product_id, product_id + 2000000 as inventory_item_id, price,
    cast(floor(world.u('stock', product_id) * 200) as bigint) as inventory_quantity, 'SKU-' || product_id as sku,
    timestamp '$as_of' - interval 2 day as updated_at, timestamp '$as_of' - interval 1 day as _fivetran_synced
from world.product;
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

create table raw_stripe.customer as
select
    'cus_' || substr(md5('s' || person_id), 1, 14) as id, email, case when person_id % 4 = 0 then phone end as phone,
    first_name || ' ' || last_name as name, city as address_city, postal_code as address_postal_code, street as address_line_1,
    country_code as address_country, joined_at as created, false as is_deleted, person_id % 211 <> 1 as livemode,
    joined_at + interval 1 hour as _fivetran_synced
from world.person where is_subscriber;
create table raw_stripe.plan as
select 'plan_month' as id, 990 as amount, 'eur' as currency, 'month' as interval, 'Club monthly' as nickname, false as is_deleted, timestamp '$as_of' as _fivetran_synced
union all select 'plan_year', 9900, 'eur', 'year', 'Club yearly', false, timestamp '$as_of';
create table raw_stripe.subscription as
select
    'sub_' || substr(md5('s' || person_id), 1, 14) as id, 'cus_' || substr(md5('s' || person_id), 1, 14) as customer_id,
    case when active_until_at < timestamp '$as_of' then 'canceled' when joined_at > timestamp '$as_of' - interval 30 day then 'trialing'
        when person_id % 31 = 0 then 'past_due' else 'active' end as status,
    joined_at as created, joined_at as start_date, joined_at + interval 14 day as trial_end,
    timestamp '$as_of' - interval 20 day as current_period_start, timestamp '$as_of' + interval 10 day as current_period_end,
    person_id % 17 = 0 as cancel_at_period_end, case when active_until_at < timestamp '$as_of' then active_until_at end as canceled_at,
    case when active_until_at < timestamp '$as_of' then active_until_at end as ended_at, true as livemode,
    joined_at + interval 1 hour as _fivetran_synced
from world.person where is_subscriber;
create table raw_stripe.subscription_item as
select 'si_' || substr(md5('s' || person_id), 1, 14) as id, 'sub_' || substr(md5('s' || person_id), 1, 14) as subscription_id,
    case when person_id % 3 = 0 then 'plan_year' else 'plan_month' end as plan_id, 1 as quantity, joined_at + interval 1 hour as _fivetran_synced
from world.person where is_subscriber;
create table raw_stripe.invoice as
select
    'in_' || substr(md5('v' || person_id || '-' || m.n), 1, 14) as id, 'cus_' || substr(md5('s' || person_id), 1, 14) as customer_id,
    'sub_' || substr(md5('s' || person_id), 1, 14) as subscription_id, 'eur' as currency,
    990 as subtotal, 0 as tax, 990 as total, 990 as amount_due, 990 as amount_paid, 'paid' as status, true as paid,
    joined_at + to_days(cast(m.n * 30 as integer)) as period_start, joined_at + to_days(cast(m.n * 30 + 14 as integer)) as period_end,
    false as is_deleted, true as livemode, joined_at + to_days(cast(m.n * 30 + 14 as integer)) as _fivetran_synced
from world.person, range(24) as m(n)
where is_subscriber and joined_at + to_days(cast(m.n * 30 + 14 as integer)) <= active_until_at;
create table raw_stripe.charge as
select 'ch' || substr(id, 3) as id, i.customer_id, p.card_token as card_id, p.email as receipt_email, i.id as invoice_id,
    990 as amount, 0 as amount_refunded, 'eur' as currency, 'succeeded' as status, true as paid, i.period_end as created,
    true as livemode, i._fivetran_synced
from raw_stripe.invoice as i
inner join (select *, 'cus_' || substr(md5('s' || person_id), 1, 14) as customer_id from world.person where is_subscriber) as p
    on i.customer_id = p.customer_id;

create table raw_pos.store as
select store_id, 'Store ' || city as store_name, 'Markt 1' as street, city, country_code, latitude, longitude, date '2015-04-01' as opened_on,
    timestamp '$as_of' - interval 1 day as _loaded_at
from world.store;
create table world.receipt as
select
    'R-' || p.person_id || '-' || k.n as receipt_id, p.*, k.n,
    (select count(*) from world.store) as store_count,
    date_trunc('second', p.joined_at + (p.active_until_at - p.joined_at) * world.u('pos', p.person_id * 100 + k.n)) as sold_at,
    cast(12 + floor(world.u('posamount', p.person_id * 100 + k.n) * 150) as decimal(18, 2)) as amount
from world.person as p, lateral unnest(range(case
    when p.kind = 'store_only' then 2 when p.is_loyalty_member then cast(floor(world.u('visits', p.person_id) * 4) as bigint) else 0 end)) as k(n);
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
select cast(p.product_id as varchar) as product_id, s.store_id as location_id, cast(floor(world.u('onhand', p.product_id * 100 + hash(s.store_id) % 100) * 30) as integer) as on_hand,
    1 as reserved, timestamp '$as_of' - interval 1 day as counted_at, timestamp '$as_of' - interval 1 day as _loaded_at
from world.product as p cross join (select * from world.store order by store_id limit 6) as s;

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
