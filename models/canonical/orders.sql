with

fed as (

    {{ cdp.union_feeds('orders', derived=['identifier_key']) }}

),

keyed as (

    {{ cdp.with_identifier_key('fed') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        order_id,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        channel_code,
        status_code,
        store_id,
        discount_code,
        currency_code,
        subtotal_amount,
        discount_amount,
        tax_amount,
        refund_amount,
        total_amount,
        is_test,
        ordered_at,
        cancelled_at,
        refunded_at,
        updated_at,
        received_at
    from keyed

)

select * from final
