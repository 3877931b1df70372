with

tickets as (

    select * from {{ ref('stg_zendesk__tickets') }}
    where
        quarantine_reason is null
        and requester_id is not null

),

comments as (

    select * from {{ ref('stg_zendesk__ticket_comments') }}
    where
        quarantine_reason is null
        and is_public

),

ratings as (

    select * from {{ ref('stg_zendesk__satisfaction_ratings') }}
    where
        quarantine_reason is null
        and score_code in ('good', 'bad')

),

counted as (

    select
        ticket_id,
        count(*) as comment_count
    from comments
    group by ticket_id

),

-- What the requester asked last.
questions as (

    select
        comments.ticket_id,
        comments.body_text,
        comments.commented_at,
        row_number() over (
            partition by comments.ticket_id
            order by comments.commented_at desc, comments.record_key desc
        ) as question_number
    from comments
    inner join tickets
        on
            comments.ticket_id = tickets.ticket_id
            and comments.user_id = tickets.requester_id

),

rated as (

    select
        ticket_id,
        score_code,
        rated_at,
        row_number() over (
            partition by ticket_id
            order by rated_at desc, record_key desc
        ) as rating_number
    from ratings

),

final as (

    select
        'zendesk' as source_name,
        'ticket' as source_table,
        tickets.record_key,
        tickets.ticket_id,
        'help_desk_id' as identifier_type,
        tickets.requester_id as identifier_value,
        cast(null as varchar) as country_code,
        case
            when tickets.via_channel = 'email' then 'email'
            when tickets.via_channel in ('web', 'help_center', 'web_widget') then 'web'
            when tickets.via_channel in ('chat', 'native_messaging') then 'chat'
            when tickets.via_channel in ('voice', 'phone') then 'phone'
            when tickets.via_channel in ('twitter', 'facebook', 'instagram') then 'social'
            else 'other'
        end as channel_code,
        case
            when tickets.status in ('solved', 'closed', 'deleted') then 'solved'
            when tickets.status in ('pending', 'hold') then 'pending'
            else 'open'
        end as status_code,
        coalesce(tickets.priority, 'normal') as priority_code,
        tickets.subject_text,
        substr(coalesce(questions.body_text, tickets.description_text), 1, 500)
            as last_question_text,
        rated.score_code as satisfaction_code,
        cast(coalesce(counted.comment_count, 0) as integer) as comment_count,
        tickets.created_at as opened_at,
        case when tickets.status in ('solved', 'closed') then tickets.updated_at end as solved_at,
        -- Without a comment of the requester the question is what the ticket began with.
        coalesce(questions.commented_at, tickets.created_at) as last_asked_at,
        rated.rated_at,
        tickets.updated_at,
        tickets.received_at
    from tickets
    left join counted on tickets.ticket_id = counted.ticket_id
    left join questions
        on tickets.ticket_id = questions.ticket_id and questions.question_number = 1
    left join rated on tickets.ticket_id = rated.ticket_id and rated.rating_number = 1

)

select * from final
