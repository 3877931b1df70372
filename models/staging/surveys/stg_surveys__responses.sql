with

landed as (

    {{ cdp.landed('surveys', 'response', refused=[
        ['value_out_of_range', 'score', cdp.is_score_out_of_range('trim(survey_type)', 'score')],
    ]) }}

),

final as (

    select
        landed.response_id,
        lower(trim(landed.survey_type)) as survey_type,
        nullif(trim(landed.user_id), '') as user_id,
        nullif(trim(landed.email), '') as email,
        landed.score,
        nullif(trim(landed.comment), '') as comment_text,
        landed.responded_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
