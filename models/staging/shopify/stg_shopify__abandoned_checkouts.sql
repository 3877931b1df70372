with

landed as (

    {{ cdp.landed('shopify', 'abandoned_checkout') }}

),

final as (

    select
        cast(landed.id as varchar) as checkout_id,
        cast(landed.customer_id as varchar) as source_customer_id,
        nullif(trim(landed.email), '') as email,
        landed.phone,
        upper(landed.currency) as currency_code,
        landed.total_price as total_amount,
        landed.abandoned_checkout_url as page_url,
        landed.referring_site as referrer_url,
        {{ cdp.country_code('landed.shipping_address_country_code') }} as country_code,
        landed.completed_at,
        landed.created_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
