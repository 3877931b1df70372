with

responses as (

    select * from {{ ref('survey_responses') }}
    where responded_at <= {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

owned as (

    select
        identity_map.profile_id,
        responses.survey_type,
        responses.score,
        responses.responded_at,
        row_number() over (
            partition by identity_map.profile_id, responses.survey_type
            order by
                responses.responded_at desc,
                responses.source_name asc,
                {{ cdp.binary_order('responses.response_id') }} asc
        ) as answer_number
    from responses
    inner join identity_map on responses.identifier_key = identity_map.identifier_key

),

final as (

    select
        profile_id,
        cast(max(case when survey_type = 'nps' and answer_number = 1 then score end) as integer)
            as last_nps_score,
        cast(avg(case when survey_type = 'review' then score end) as numeric(18, 2))
            as average_review_score,
        cast(sum(case when survey_type = 'review' then 1 else 0 end) as integer) as review_count,
        max(responded_at) as last_survey_at
    from owned
    group by profile_id

)

select * from final
