with

numbers as (

    select
        'message_status' as source_table,
        record_key,
        phone,
        cast(null as varchar) as country_code,
        occurred_at as observed_at,
        received_at
    from {{ ref('stg_whatsapp__message_statuses') }}
    where
        quarantine_reason is null
        -- what the person did; that we wrote says nothing about who has the number
        and status_code in ('read', 'clicked')

    union all

    select
        'user_preference' as source_table,
        record_key,
        phone,
        cast(null as varchar) as country_code,
        occurred_at as observed_at,
        received_at
    from {{ ref('stg_whatsapp__user_preferences') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_identifiers('numbers', 'whatsapp', {'phone': 'phone'}) }}

)

select * from final
