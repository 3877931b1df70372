with

identifies as (

    select * from {{ ref('stg_segment__identifies') }}
    where
        quarantine_reason is null
        and anonymous_id is not null
        and user_agent is not null

),

latest as (

    select
        *,
        row_number() over (
            partition by anonymous_id
            order by occurred_at desc, {{ cdp.binary_order('record_key') }} asc
        ) as sighting_number
    from identifies

),

final as (

    select
        'segment' as source_name,
        'identifies' as source_table,
        record_key,
        'anonymous_id' as identifier_type,
        anonymous_id as identifier_value,
        cast(null as varchar) as country_code,
        {{ cdp.device_type('user_agent') }} as device_type,
        case
            when user_agent like '%iPhone%' or user_agent like '%iPad%' then 'iOS'
            when user_agent like '%Android%' then 'Android'
            when user_agent like '%Windows%' then 'Windows'
            when user_agent like '%Mac OS X%' then 'macOS'
            when user_agent like '%CrOS%' then 'ChromeOS'
            when user_agent like '%Linux%' then 'Linux'
        end as os_name,
        case
            when user_agent like '%Edg/%' then 'Edge'
            when user_agent like '%Firefox/%' then 'Firefox'
            when user_agent like '%Chrome/%' then 'Chrome'
            when user_agent like '%Safari/%' then 'Safari'
        end as browser_name,
        occurred_at as last_seen_at,
        received_at
    from latest
    where sighting_number = 1

)

select * from final
