with

customers as (

    select
        'customer' as source_table,
        record_key,
        'shop_customer_id' as identifier_type,
        source_customer_id as identifier_value,
        cast(null as varchar) as country_code,
        first_name,
        last_name,
        cast(null as varchar) as street,
        cast(null as varchar) as city,
        cast(null as varchar) as region,
        cast(null as varchar) as postal_code,
        updated_at as observed_at,
        received_at
    from {{ ref('stg_shopify__customers') }}
    where quarantine_reason is null

),

-- The billing address is the buyer's own; the shipping address may be somebody else's. The name on
-- it is the card's: it names guests, and never overrides an account's own name.
orders as (

    select
        'order' as source_table,
        record_key,
        case
            when source_customer_id is not null then 'shop_customer_id'
            else 'email'
        end as identifier_type,
        coalesce(source_customer_id, email) as identifier_value,
        country_code,
        case when source_customer_id is null then billing_address_first_name end as first_name,
        case when source_customer_id is null then billing_address_last_name end as last_name,
        billing_address_address_1 as street,
        billing_address_city as city,
        billing_address_province as region,
        billing_address_zip as postal_code,
        created_at as observed_at,
        received_at
    from {{ ref('stg_shopify__orders') }}
    where
        quarantine_reason is null
        and not is_test
        and coalesce(source_customer_id, email) is not null

),

records as (

    select * from customers
    union all
    select * from orders

),

final as (

    {{ cdp.unpivot_traits('records', 'shopify', {
        'first_name': 'first_name',
        'last_name': 'last_name',
        'street': 'street',
        'city': 'city',
        'region': 'region',
        'postal_code': 'postal_code',
        'country_code': 'country_code',
    }) }}

)

select * from final
