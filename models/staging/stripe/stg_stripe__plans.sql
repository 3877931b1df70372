with

landed as (

    {{ cdp.landed('stripe', 'plan') }}

),

final as (

    select
        landed.id as plan_id,
        coalesce(landed.nickname, landed.id) as plan_name,
        upper(landed.currency) as currency_code,
        lower(landed.interval) as interval_code,
        {{ cdp.minor_units('landed.amount', 'landed.currency') }} as price_amount,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
