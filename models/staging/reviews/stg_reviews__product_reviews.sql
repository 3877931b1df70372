with

landed as (

    {{ cdp.landed('reviews', 'product_review', refused=[
        ['value_out_of_range', 'rating', cdp.is_score_out_of_range("'review'", 'rating')],
    ]) }}

),

final as (

    select
        landed.review_id,
        landed.product_id,
        nullif(trim(landed.email), '') as email,
        cast(landed.rating as numeric(18, 2)) as score,
        nullif(trim(landed.title), '') as title_text,
        nullif(trim(landed.body), '') as body_text,
        landed.submitted_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
