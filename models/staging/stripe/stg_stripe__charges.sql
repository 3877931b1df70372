with

landed as (

    {{ cdp.landed('stripe', 'charge') }}

),

final as (

    select
        landed.id as charge_id,
        landed.customer_id as source_customer_id,
        landed.card_id as card_token,
        landed.receipt_email,
        landed.invoice_id,
        coalesce(landed.status, '') = 'succeeded' as is_succeeded,
        coalesce(landed.livemode, true) as is_live,
        {{ cdp.minor_units('landed.amount_refunded', 'landed.currency') }} as refund_amount,
        landed.created as charged_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
