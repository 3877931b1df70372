-- The shop's own marketing box: what the account says now, since it was last changed.
with

customers as (

    select * from {{ ref('stg_shopify__customers') }}
    where
        quarantine_reason is null
        and is_marketing_answered

),

final as (

    select
        'shopify' as source_name,
        'customer' as source_table,
        record_key,
        'shop_customer_id' as identifier_type,
        source_customer_id as identifier_value,
        cast(null as varchar) as country_code,
        'marketing' as purpose_code,
        'email' as channel_code,
        case when is_marketing_accepted then 'granted' else 'denied' end as status_code,
        'shop account, marketing box' as basis_text,
        updated_at as occurred_at,
        received_at
    from customers

)

select * from final
