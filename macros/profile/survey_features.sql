{#-
    What was known of everybody's answers to surveys and of their reviews at a moment: a select with
    one row per profile. as_of: timestamp expression.
-#}
{% macro survey_features(as_of) -%}
    select
        owned.profile_id,
        cast(max(case when owned.survey_type = 'nps' and owned.answer_number = 1 then owned.score end) as integer)
            as last_nps_score,
        max(case when owned.survey_type = 'nps' then owned.responded_at end) as last_nps_at,
        cast(sum(case when owned.survey_type = 'nps' then 1 else 0 end) as integer) as nps_response_count,
        max(case when owned.survey_type = 'csat' and owned.answer_number = 1 then owned.score end)
            as last_csat_score,
        cast(sum(case when owned.survey_type = 'review' then 1 else 0 end) as integer) as review_count,
        {{ cdp.ratio(
            "sum(case when owned.survey_type = 'review' then owned.score end)",
            "count(case when owned.survey_type = 'review' then owned.score end)"
        ) }} as average_review_score,
        max(case when owned.survey_type = 'review' and owned.answer_number = 1 then owned.score end)
            as last_review_score,
        max(case when owned.survey_type = 'review' then owned.responded_at end) as last_review_at,
        max(owned.responded_at) as last_survey_at
    from (
        select
            identity_map.profile_id,
            responses.survey_type,
            responses.score,
            responses.responded_at,
            row_number() over (
                partition by identity_map.profile_id, responses.survey_type
                order by
                    responses.responded_at desc,
                    {{ cdp.binary_order('responses.source_name') }},
                    {{ cdp.binary_order('responses.response_id') }}
            ) as answer_number
        from {{ ref('survey_responses') }} as responses
        inner join {{ ref('identity_map') }} as identity_map
            on responses.identifier_key = identity_map.identifier_key
        where responses.responded_at < {{ as_of }}
    ) as owned
    group by owned.profile_id
{%- endmacro %}
