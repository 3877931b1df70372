with

final as (

    {{ cdp.quarantined_rows('pos', {
        'store': 'stg_pos__stores',
        'sale': 'stg_pos__sales',
        'sale_line': 'stg_pos__sale_lines',
    }) }}

)

select * from final
