with

fed as (

    {{ cdp.union_feeds('support_tickets', derived=['identifier_key']) }}

),

keyed as (

    {{ cdp.with_identifier_key('fed') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        ticket_id,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        channel_code,
        status_code,
        priority_code,
        subject_text,
        last_question_text,
        satisfaction_code,
        comment_count,
        opened_at,
        solved_at,
        last_asked_at,
        rated_at,
        updated_at,
        received_at
    from keyed

)

select * from final
