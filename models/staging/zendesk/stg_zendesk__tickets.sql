with

landed as (

    {{ cdp.landed('zendesk', 'ticket') }}

),

final as (

    select
        cast(landed.id as varchar) as ticket_id,
        cast(landed.requester_id as varchar) as requester_id,
        lower(landed.status) as status,
        lower(landed.priority) as priority,
        landed.subject as subject_text,
        landed.description as description_text,
        lower(landed.via_channel) as via_channel,
        landed.created_at,
        coalesce(landed.updated_at, landed.created_at) as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
