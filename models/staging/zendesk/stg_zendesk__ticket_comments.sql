with

landed as (

    {{ cdp.landed('zendesk', 'ticket_comment') }}

),

final as (

    select
        cast(landed.id as varchar) as comment_id,
        cast(landed.ticket_id as varchar) as ticket_id,
        cast(landed.user_id as varchar) as user_id,
        landed.body as body_text,
        coalesce(landed.public, true) as is_public,
        landed.created as commented_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
