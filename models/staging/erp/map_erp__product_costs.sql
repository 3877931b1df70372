with

products as (

    select * from {{ ref('stg_erp__products') }}
    where
        quarantine_reason is null
        and cost_amount is not null

),

final as (

    select
        'erp' as source_name,
        'product' as source_table,
        record_key,
        product_id,
        currency_code,
        cost_amount,
        coalesce(
            cost_valid_from_at, timestamp '{{ var("earliest_plausible_date") }} 00:00:00'
        ) as valid_from_at,
        received_at
    from products

)

select * from final
