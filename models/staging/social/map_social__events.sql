with

interactions as (

    select * from {{ ref('stg_social__interactions') }}
    where quarantine_reason is null

),

final as (

    select
        'social' as source_name,
        'interaction' as source_table,
        record_key,
        case
            when email is not null then 'email'
            when social_handle is not null then 'social_handle'
        end as identifier_type,
        coalesce(email, social_handle) as identifier_value,
        cast(null as varchar) as country_code,
        'social_interaction' as event_type,
        interaction_type as event_name,
        'social' as channel_code,
        cast(null as varchar) as session_id,
        page_url,
        cast(null as varchar) as referrer_url,
        cast(null as varchar) as utm_source,
        cast(null as varchar) as utm_medium,
        cast(null as varchar) as utm_campaign,
        cast(null as varchar) as product_id,
        cast(null as varchar) as store_id,
        cast(null as numeric(18, 2)) as revenue_amount,
        cast(null as varchar) as currency_code,
        cast(null as varchar) as device_type,
        false as is_bot,
        occurred_at,
        received_at
    from interactions

)

select * from final
