with

landed as (

    {{ cdp.landed('shopify', 'customer') }}

),

final as (

    select
        cast(landed.id as varchar) as source_customer_id,
        landed.first_name,
        landed.last_name,
        landed.email,
        landed.phone,
        lower(landed.email_marketing_consent_state) as marketing_state,
        landed.accepts_marketing as is_marketing_accepted,
        coalesce(
            landed.email_marketing_consent_updated_at,
            landed.email_marketing_consent_consent_updated_at,
            landed.accepts_marketing_updated_at
        ) as marketing_stated_at,
        lower(landed.sms_marketing_consent_state) as sms_marketing_state,
        coalesce(
            landed.sms_marketing_consent_updated_at,
            landed.sms_marketing_consent_consent_updated_at
        ) as sms_marketing_stated_at,
        landed.created_at,
        coalesce(landed.updated_at, landed.created_at) as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
