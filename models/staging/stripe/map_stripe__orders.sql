with

invoices as (

    select * from {{ ref('stg_stripe__invoices') }}
    where
        quarantine_reason is null
        and is_paid

),

charges as (

    select * from {{ ref('stg_stripe__charges') }}
    where quarantine_reason is null

),

refunded as (

    select
        invoice_id,
        sum(refund_amount) as refund_amount
    from charges
    where invoice_id is not null
    group by invoice_id

),

final as (

    select
        'stripe' as source_name,
        'invoice' as source_table,
        invoices.record_key,
        invoices.invoice_id as order_id,
        case when invoices.source_customer_id is not null then 'billing_customer_id' end
            as identifier_type,
        invoices.source_customer_id as identifier_value,
        cast(null as varchar) as country_code,
        'subscription' as channel_code,
        case
            when refunded.refund_amount >= invoices.total_amount and invoices.total_amount > 0
                then 'refunded'
            else 'completed'
        end as status_code,
        cast(null as varchar) as store_id,
        cast(null as varchar) as discount_code,
        invoices.currency_code,
        coalesce(invoices.subtotal_amount, invoices.total_amount) as subtotal_amount,
        cast(0 as numeric(18, 2)) as discount_amount,
        coalesce(invoices.tax_amount, 0) as tax_amount,
        cast(coalesce(refunded.refund_amount, 0) as numeric(18, 2)) as refund_amount,
        coalesce(invoices.total_amount, 0) as total_amount,
        not invoices.is_live as is_test,
        invoices.invoiced_at as ordered_at,
        invoices.invoiced_at as updated_at,
        invoices.received_at
    from invoices
    left join refunded on invoices.invoice_id = refunded.invoice_id

)

select * from final
