with

landed as (

    {{ cdp.landed('surveys', 'response') }}

),

final as (

    select
        landed.response_id,
        lower(landed.survey_type) as survey_type,
        landed.user_id,
        landed.email,
        landed.score,
        landed.comment as comment_text,
        landed.responded_at,
        landed.record_key,
        landed.landed_received_at as received_at,
        coalesce(
            landed.quarantine_reason,
            case
                when {{ cdp.is_score_out_of_range('landed.survey_type', 'landed.score') }}
                    then 'value_out_of_range'
            end
        ) as quarantine_reason,
        case
            when landed.quarantine_reason is not null then landed.quarantine_column
            when {{ cdp.is_score_out_of_range('landed.survey_type', 'landed.score') }}
                then 'score'
        end as quarantine_column,
        landed.quarantine_payload_json
    from landed

)

select * from final
