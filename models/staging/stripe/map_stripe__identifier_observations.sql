-- A declined card may be anybody's: only a charge that went through ties a card to a customer.
with

records as (

    select
        'customer' as source_table,
        record_key,
        source_customer_id,
        email,
        phone,
        cast(null as varchar) as card_token,
        country_code,
        created_at as observed_at,
        received_at
    from {{ ref('stg_stripe__customers') }}
    where
        quarantine_reason is null
        and is_live

    union all

    select
        'charge' as source_table,
        record_key,
        source_customer_id,
        receipt_email as email,
        cast(null as varchar) as phone,
        card_token,
        cast(null as varchar) as country_code,
        charged_at as observed_at,
        received_at
    from {{ ref('stg_stripe__charges') }}
    where
        quarantine_reason is null
        and is_live
        and is_succeeded

),

final as (

    {{ cdp.unpivot_identifiers('records', 'stripe', {
        'billing_customer_id': 'source_customer_id',
        'email': 'email',
        'phone': 'phone',
        'card_token': 'card_token',
    }) }}

)

select * from final
