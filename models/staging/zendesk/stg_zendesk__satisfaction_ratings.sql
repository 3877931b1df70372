with

landed as (

    {{ cdp.landed('zendesk', 'satisfaction_rating') }}

),

final as (

    select
        cast(landed.id as varchar) as rating_id,
        cast(landed.ticket_id as varchar) as ticket_id,
        cast(landed.requester_id as varchar) as requester_id,
        lower(landed.score) as score_code,
        landed.comment as comment_text,
        coalesce(landed.updated_at, landed.created_at) as rated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
