with

privacy_requests as (

    select * from {{ ref('stg_consent__privacy_requests') }}
    where quarantine_reason is null

),

final as (

    select
        'consent' as source_name,
        'privacy_request' as source_table,
        record_key,
        case
            when user_id is not null then 'user_id'
            when email is not null then 'email'
        end as identifier_type,
        coalesce(user_id, email) as identifier_value,
        cast(null as varchar) as country_code,
        request_type,
        requested_at,
        received_at
    from privacy_requests

)

select * from final
