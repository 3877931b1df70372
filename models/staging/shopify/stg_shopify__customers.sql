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
        coalesce(landed.accepts_marketing, false) as is_marketing_accepted,
        landed.accepts_marketing is not null as is_marketing_answered,
        landed.created_at,
        coalesce(landed.updated_at, landed.created_at) as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
