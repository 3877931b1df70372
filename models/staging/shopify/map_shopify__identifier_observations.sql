-- An order names its buyer by account and e-mail. Its shipping and billing phones are left out:
-- parcels go to other people, and a gift must not join two households.
with

records as (

    select
        'customer' as source_table,
        record_key,
        source_customer_id,
        email,
        phone,
        cast(null as varchar) as country_code,
        updated_at as observed_at,
        received_at
    from {{ ref('stg_shopify__customers') }}
    where quarantine_reason is null

    union all

    select
        'order' as source_table,
        record_key,
        source_customer_id,
        email,
        cast(null as varchar) as phone,
        country_code,
        created_at as observed_at,
        received_at
    from {{ ref('stg_shopify__orders') }}
    where
        quarantine_reason is null
        and not is_test

    union all

    select
        'abandoned_checkout' as source_table,
        record_key,
        source_customer_id,
        email,
        phone,
        country_code,
        created_at as observed_at,
        received_at
    from {{ ref('stg_shopify__abandoned_checkouts') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_identifiers('records', 'shopify', {
        'shop_customer_id': 'source_customer_id',
        'email': 'email',
        'phone': 'phone',
    }) }}

)

select * from final
