with

landed as (

    {{ cdp.landed('shopify', 'order') }}

),

final as (

    select
        cast(landed.id as varchar) as order_id,
        cast(landed.customer_id as varchar) as source_customer_id,
        nullif(trim(landed.email), '') as email,
        upper(landed.currency) as currency_code,
        landed.total_line_items_price as line_items_amount,
        landed.subtotal_price as discounted_subtotal_amount,
        landed.total_tax as tax_amount,
        landed.total_discounts as discount_amount,
        landed.total_price as total_amount,
        lower(landed.financial_status) as financial_status,
        lower(landed.source_name) as sales_channel,
        cast(landed.location_id as varchar) as location_id,
        coalesce(landed.test, false) as is_test,
        landed.billing_address_first_name,
        landed.billing_address_last_name,
        landed.billing_address_address_1,
        landed.billing_address_city,
        landed.billing_address_province,
        landed.billing_address_zip,
        {{ cdp.country_code('landed.billing_address_country_code') }} as country_code,
        landed.processed_at,
        landed.cancelled_at,
        landed.created_at,
        coalesce(landed.updated_at, landed.created_at) as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
