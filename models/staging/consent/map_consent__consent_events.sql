with

consent_records as (

    select * from {{ ref('stg_consent__consent_records') }}
    where quarantine_reason is null

),

final as (

    select
        'consent' as source_name,
        'consent_record' as source_table,
        record_key,
        case
            when email is not null then 'email'
            when user_id is not null then 'user_id'
            when phone is not null then 'phone'
        end as identifier_type,
        coalesce(email, user_id, phone) as identifier_value,
        country_code,
        purpose_code,
        channel_code,
        status_code,
        basis_text,
        recorded_at as occurred_at,
        received_at
    from consent_records

)

select * from final
