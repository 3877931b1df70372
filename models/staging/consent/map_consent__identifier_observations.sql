with

records as (

    select
        'consent_record' as source_table,
        record_key,
        user_id,
        email,
        phone,
        country_code,
        recorded_at as observed_at,
        received_at
    from {{ ref('stg_consent__consent_records') }}
    where quarantine_reason is null

    union all

    select
        'privacy_request' as source_table,
        record_key,
        user_id,
        email,
        phone,
        country_code,
        requested_at as observed_at,
        received_at
    from {{ ref('stg_consent__privacy_requests') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_identifiers('records', 'consent', {
        'user_id': 'user_id',
        'email': 'email',
        'phone': 'phone',
    }) }}

)

select * from final
