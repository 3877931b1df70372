with

stock_levels as (

    select * from {{ ref('stg_erp__stock_levels') }}
    where quarantine_reason is null

),

final as (

    select
        'erp' as source_name,
        'stock_level' as source_table,
        record_key,
        product_id,
        location_id,
        coalesce(on_hand_quantity, 0) - coalesce(reserved_quantity, 0) as available_quantity,
        counted_at as updated_at,
        received_at
    from stock_levels

)

select * from final
