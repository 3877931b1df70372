with

landed as (

    {{ cdp.landed('stripe', 'customer') }}

),

final as (

    select
        landed.id as source_customer_id,
        landed.email,
        landed.phone,
        landed.address_line_1,
        landed.address_city,
        landed.address_state,
        landed.address_postal_code,
        {{ cdp.country_code('landed.address_country') }} as country_code,
        coalesce(landed.livemode, true) as is_live,
        landed.created as created_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
