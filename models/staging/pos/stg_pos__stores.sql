with

landed as (

    {{ cdp.landed('pos', 'store') }}

),

final as (

    select
        landed.store_id,
        landed.store_name,
        landed.city as city_name,
        upper(trim(landed.country_code)) as country_code,
        landed.latitude,
        landed.longitude,
        landed.opened_on,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
