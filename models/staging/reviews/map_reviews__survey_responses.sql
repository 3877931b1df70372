with

product_reviews as (

    select * from {{ ref('stg_reviews__product_reviews') }}
    where quarantine_reason is null

),

final as (

    select
        'reviews' as source_name,
        'product_review' as source_table,
        record_key,
        review_id as response_id,
        case when email is not null then 'email' end as identifier_type,
        email as identifier_value,
        cast(null as varchar) as country_code,
        'review' as survey_type,
        score,
        product_id,
        case
            when title_text is not null and body_text is not null
                then title_text || ': ' || body_text
            else coalesce(title_text, body_text)
        end as comment_text,
        submitted_at as responded_at,
        received_at
    from product_reviews

)

select * from final
