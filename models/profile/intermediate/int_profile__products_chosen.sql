-- Several systems describe one product: the record that says most wins, then the latest.
with

products as (

    select * from {{ ref('products') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by product_id
            order by
                case when category_name is null then 1 else 0 end asc,
                case when brand_name is null then 1 else 0 end asc,
                coalesce(updated_at, received_at) desc,
                {{ cdp.binary_order('source_name') }} asc,
                {{ cdp.binary_order('record_key') }} asc
        ) as choice_number
    from products

),

placed as (

    select
        *,
        percent_rank() over (
            partition by case when price_amount is null then 1 else 0 end
            order by price_amount asc
        ) as price_place
    from ranked
    where choice_number = 1

),

final as (

    select
        product_id,
        product_name,
        category_name,
        brand_name,
        price_amount,
        case
            when price_amount is null then null
            when price_place * 3 < 1 then 'low'
            when price_place * 3 < 2 then 'middle'
            else 'high'
        end as price_band_code
    from placed

)

select * from final
