with

privacy_requests as (

    select * from {{ ref('stg_consent__privacy_requests') }}

),

requests as (

    {{ cdp.statements_heeded(
        'privacy_requests',
        refusal="(request_type = 'erasure' and coalesce(user_id, email, phone) is not null)",
        clock='requested_at'
    ) }}

),

-- Each identifier that the request names: identity may not hold them for one person's, and a
-- request in quarantine links nobody.
named as (

    select
        requests.*,
        'user_id' as identifier_type,
        requests.user_id as identifier_value
    from requests
    where requests.user_id is not null
    union all
    select
        requests.*,
        'email' as identifier_type,
        requests.email as identifier_value
    from requests
    where requests.email is not null
    union all
    select
        requests.*,
        'phone' as identifier_type,
        requests.phone as identifier_value
    from requests
    where requests.phone is not null

),

final as (

    select
        'consent' as source_name,
        'privacy_request' as source_table,
        record_key,
        identifier_type,
        identifier_value,
        country_code,
        request_type,
        stated_at as requested_at,
        received_at
    from named
    where request_type in ('erasure', 'access')

)

select * from final
