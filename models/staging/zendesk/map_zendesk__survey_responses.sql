-- The help desk asks good or bad: the ends of the five-point scale of the shape.
with

ratings as (

    select * from {{ ref('stg_zendesk__satisfaction_ratings') }}
    where
        quarantine_reason is null
        and score_code in ('good', 'bad')
        and requester_id is not null

),

final as (

    select
        'zendesk' as source_name,
        'satisfaction_rating' as source_table,
        record_key,
        rating_id as response_id,
        'help_desk_id' as identifier_type,
        requester_id as identifier_value,
        cast(null as varchar) as country_code,
        'csat' as survey_type,
        cast(case score_code when 'good' then 5 else 1 end as numeric(18, 2)) as score,
        cast(null as varchar) as product_id,
        comment_text,
        rated_at as responded_at,
        received_at
    from ratings

)

select * from final
