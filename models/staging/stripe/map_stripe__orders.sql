with

-- An invoice over nothing is how the provider writes down a trial or a credit: nothing was bought.
invoices as (

    select * from {{ ref('stg_stripe__invoices') }}
    where
        quarantine_reason is null
        and is_paid
        and total_minor_units > 0

),

charges as (

    select * from {{ ref('stg_stripe__charges') }}
    where
        quarantine_reason is null
        and invoice_id is not null

),

-- An invoice may be charged several times until a card goes through: summed before the join.
refunded as (

    select
        invoice_id,
        sum({{ cdp.minor_units('refund_minor_units', 'currency_code') }}) as refund_amount,
        -- No moment of a refund is landed: the first that can be said of it is when it was read.
        max(case when refund_minor_units > 0 then received_at end) as refunded_at
    from charges
    group by invoice_id

),

priced as (

    select
        record_key,
        invoice_id,
        source_customer_id,
        currency_code,
        {{ cdp.minor_units('subtotal_minor_units', 'currency_code') }} as subtotal_amount,
        {{ cdp.minor_units('tax_minor_units', 'currency_code') }} as tax_amount,
        {{ cdp.minor_units('total_minor_units', 'currency_code') }} as total_amount,
        not is_live as is_test,
        invoiced_at,
        received_at
    from invoices

),

final as (

    select
        'stripe' as source_name,
        'invoice' as source_table,
        priced.record_key,
        priced.invoice_id as order_id,
        case when priced.source_customer_id is not null then 'billing_customer_id' end
            as identifier_type,
        priced.source_customer_id as identifier_value,
        cast(null as varchar) as country_code,
        'subscription' as channel_code,
        case when refunded.refund_amount >= priced.total_amount then 'refunded' else 'completed' end
            as status_code,
        cast(null as varchar) as store_id,
        cast(null as varchar) as discount_code,
        priced.currency_code,
        coalesce(priced.subtotal_amount, priced.total_amount) as subtotal_amount,
        -- Not landed: tax may be within the subtotal or on top, so it cannot be worked out either.
        cast(0 as numeric(18, 2)) as discount_amount,
        cast(coalesce(priced.tax_amount, 0) as numeric(18, 2)) as tax_amount,
        cast(coalesce(refunded.refund_amount, 0) as numeric(18, 2)) as refund_amount,
        priced.total_amount,
        priced.is_test,
        priced.invoiced_at as ordered_at,
        cast(null as timestamp) as cancelled_at,
        refunded.refunded_at,
        priced.invoiced_at as updated_at,
        priced.received_at
    from priced
    left join refunded on priced.invoice_id = refunded.invoice_id

)

select * from final
