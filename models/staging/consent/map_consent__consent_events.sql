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
        -- What was typed into an e-mail field may be no address; the statement still counts.
        case
            when email like '%@%' then 'email'
            when user_id is not null then 'user_id'
            when phone is not null then 'phone'
            else 'email'
        end as identifier_type,
        case
            when email like '%@%' then email
            else coalesce(user_id, phone, email)
        end as identifier_value,
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
