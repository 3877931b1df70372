with

landed as (

    {{ cdp.landed('reviews', 'product_review') }}

),

final as (

    select
        landed.review_id,
        landed.product_id,
        landed.email,
        cast(landed.rating as numeric(18, 2)) as score,
        coalesce(landed.title || ': ', '') || coalesce(landed.body, '') as comment_text,
        landed.submitted_at,
        landed.record_key,
        landed.landed_received_at as received_at,
        coalesce(
            landed.quarantine_reason,
            case
                when {{ cdp.is_score_out_of_range("'review'", 'landed.rating') }}
                    then 'value_out_of_range'
            end
        ) as quarantine_reason,
        case
            when landed.quarantine_reason is not null then landed.quarantine_column
            when {{ cdp.is_score_out_of_range("'review'", 'landed.rating') }}
                then 'rating'
        end as quarantine_column,
        landed.quarantine_payload_json
    from landed

)

select * from final
