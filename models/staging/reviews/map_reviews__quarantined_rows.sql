with

final as (

    {{ cdp.quarantined_rows('reviews', {
        'product_review': 'stg_reviews__product_reviews',
    }) }}

)

select * from final
