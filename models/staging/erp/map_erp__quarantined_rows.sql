with

final as (

    {{ cdp.quarantined_rows('erp', {
        'product': 'stg_erp__products',
        'stock_level': 'stg_erp__stock_levels',
    }) }}

)

select * from final
