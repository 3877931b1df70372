with

landed as (

    {{ cdp.landed('stripe', 'plan') }}

),

final as (

    select
        landed.id as plan_id,
        coalesce(nullif(trim(landed.nickname), ''), landed.id) as plan_name,
        upper(landed.currency) as currency_code,
        lower(landed.interval) as interval_code,
        landed.interval_count,
        landed.amount as price_minor_units,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
