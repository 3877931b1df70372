with

reviews as (

    select
        'product_review' as source_table,
        record_key,
        email,
        cast(null as varchar) as country_code,
        submitted_at as observed_at,
        received_at
    from {{ ref('stg_reviews__product_reviews') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_identifiers('reviews', 'reviews', {
        'email': 'email',
    }) }}

)

select * from final
