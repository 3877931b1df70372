with

statuses as (

    select * from {{ ref('stg_whatsapp__message_statuses') }}
    where quarantine_reason is null

),

final as (

    select
        'whatsapp' as source_name,
        'message_status' as source_table,
        record_key,
        'phone' as identifier_type,
        phone as identifier_value,
        cast(null as varchar) as country_code,
        'whatsapp' as channel_code,
        case status_code
            when 'read' then 'opened'
            when 'failed' then 'bounced'
            else status_code
        end as message_event_type,
        template_name as campaign_id,
        template_name as campaign_name,
        cast(null as varchar) as subject_text,
        occurred_at,
        received_at
    from statuses

)

select * from final
