with

final as (

    {{ cdp.quarantined_rows('whatsapp', {
        'message_status': 'stg_whatsapp__message_statuses',
        'user_preference': 'stg_whatsapp__user_preferences',
    }) }}

)

select * from final
