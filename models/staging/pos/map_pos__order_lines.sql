-- Lines of a return, and negative lines among bought ones, are pieces given back, not bought. The
-- money of a return is the refund of its order, so that its lines add nothing.
with

sale_lines as (

    select * from {{ ref('stg_pos__sale_lines') }}
    where quarantine_reason is null

),

sales as (

    select * from {{ ref('stg_pos__sales') }}
    where quarantine_reason is null

),

lines as (

    select
        sale_lines.record_key,
        sale_lines.receipt_id,
        sale_lines.line_number,
        sale_lines.product_id,
        sale_lines.quantity,
        sale_lines.unit_price_amount,
        sale_lines.discount_amount,
        coalesce(
            sale_lines.line_amount,
            sale_lines.quantity * sale_lines.unit_price_amount - sale_lines.discount_amount
        ) as line_amount,
        coalesce(sales.is_return, false) as is_return,
        sales.sold_at,
        sale_lines.received_at
    from sale_lines
    left join sales on sale_lines.receipt_id = sales.receipt_id

),

final as (

    select
        'pos' as source_name,
        'sale_line' as source_table,
        record_key,
        receipt_id || '|' || cast(line_number as varchar) as order_line_id,
        receipt_id as order_id,
        product_id,
        case when is_return or quantity < 0 then 0 else quantity end as quantity,
        case when is_return or quantity < 0 then abs(quantity) else 0 end as refund_quantity,
        unit_price_amount,
        cast(case when is_return then 0 else discount_amount end as numeric(18, 2))
            as discount_amount,
        cast(case when is_return then 0 else line_amount end as numeric(18, 2)) as line_amount,
        case when is_return or quantity < 0 then sold_at end as refunded_at,
        received_at
    from lines

)

select * from final
