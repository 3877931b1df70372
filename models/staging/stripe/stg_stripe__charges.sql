with

landed as (

    {{ cdp.landed('stripe', 'charge') }}

),

final as (

    select
        landed.id as charge_id,
        nullif(landed.customer_id, '') as source_customer_id,
        landed.card_id as card_token,
        landed.receipt_email,
        nullif(landed.invoice_id, '') as invoice_id,
        upper(landed.currency) as currency_code,
        coalesce(lower(landed.status), '') = 'succeeded' as is_succeeded,
        coalesce(landed.livemode, true) as is_live,
        landed.amount_refunded as refund_minor_units,
        landed.created as charged_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
