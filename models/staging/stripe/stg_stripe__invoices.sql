with

landed as (

    {{ cdp.landed('stripe', 'invoice') }}

),

final as (

    select
        landed.id as invoice_id,
        nullif(landed.customer_id, '') as source_customer_id,
        upper(landed.currency) as currency_code,
        landed.subtotal as subtotal_minor_units,
        landed.tax as tax_minor_units,
        landed.total as total_minor_units,
        coalesce(landed.paid, false) or coalesce(lower(landed.status), '') = 'paid' as is_paid,
        coalesce(landed.livemode, true) as is_live,
        landed.period_end as invoiced_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
