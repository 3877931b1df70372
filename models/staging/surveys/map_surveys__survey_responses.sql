with

responses as (

    select * from {{ ref('stg_surveys__responses') }}
    where quarantine_reason is null

),

final as (

    select
        'surveys' as source_name,
        'response' as source_table,
        record_key,
        response_id,
        case
            when user_id is not null then 'user_id'
            when email is not null then 'email'
        end as identifier_type,
        coalesce(user_id, email) as identifier_value,
        cast(null as varchar) as country_code,
        survey_type,
        score,
        cast(null as varchar) as product_id,
        comment_text,
        responded_at,
        received_at
    from responses

)

select * from final
