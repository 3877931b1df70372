with

sale_lines as (

    select * from {{ ref('stg_pos__sale_lines') }}
    where quarantine_reason is null

),

final as (

    select
        'pos' as source_name,
        'sale_line' as source_table,
        record_key,
        receipt_id || '|' || cast(line_number as varchar) as order_line_id,
        receipt_id as order_id,
        product_id,
        quantity,
        0 as refund_quantity,
        unit_price_amount,
        discount_amount,
        coalesce(
            line_amount, cast(quantity * unit_price_amount - discount_amount as numeric(18, 2))
        ) as line_amount,
        received_at
    from sale_lines

)

select * from final
