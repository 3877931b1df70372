with

final as (

    {{ cdp.quarantined_rows('zendesk', {
        'user': 'stg_zendesk__users',
        'ticket': 'stg_zendesk__tickets',
        'ticket_comment': 'stg_zendesk__ticket_comments',
        'satisfaction_rating': 'stg_zendesk__satisfaction_ratings',
    }) }}

)

select * from final
