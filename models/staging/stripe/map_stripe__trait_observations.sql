-- The provider keeps one name field; it is not split, since a wrong first name is worse than none.
with

customers as (

    select
        'customer' as source_table,
        record_key,
        'billing_customer_id' as identifier_type,
        source_customer_id as identifier_value,
        country_code,
        address_line_1,
        address_city,
        address_state,
        address_postal_code,
        created_at as observed_at,
        received_at
    from {{ ref('stg_stripe__customers') }}
    where
        quarantine_reason is null
        and is_live

),

final as (

    {{ cdp.unpivot_traits('customers', 'stripe', {
        'street': 'address_line_1',
        'city': 'address_city',
        'region': 'address_state',
        'postal_code': 'address_postal_code',
        'country_code': 'country_code',
    }) }}

)

select * from final
