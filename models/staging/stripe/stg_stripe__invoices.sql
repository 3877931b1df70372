with

landed as (

    {{ cdp.landed('stripe', 'invoice') }}

),

final as (

    select
        landed.id as invoice_id,
        landed.customer_id as source_customer_id,
        landed.subscription_id,
        upper(landed.currency) as currency_code,
        {{ cdp.minor_units('landed.subtotal', 'landed.currency') }} as subtotal_amount,
        {{ cdp.minor_units('landed.tax', 'landed.currency') }} as tax_amount,
        {{ cdp.minor_units('landed.total', 'landed.currency') }} as total_amount,
        coalesce(landed.paid, false) or coalesce(landed.status, '') = 'paid' as is_paid,
        coalesce(landed.livemode, true) as is_live,
        landed.period_end as invoiced_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
