with

privacy_requests as (

    select * from {{ ref('stg_consent__privacy_requests') }}

),

requests as (

    {{ cdp.statements_heeded(
        'privacy_requests',
        refusal="(request_type = 'erasure' and coalesce(user_id, email) is not null)",
        clock='requested_at'
    ) }}

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
        stated_at as requested_at,
        received_at
    from requests

)

select * from final
