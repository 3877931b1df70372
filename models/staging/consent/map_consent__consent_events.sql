with

consent_records as (

    select * from {{ ref('stg_consent__consent_records') }}

),

-- A no that names no purpose or no channel is a no to all of them.
statements as (

    {{ cdp.statements_heeded(
        'consent_records',
        refusal="(status_code = 'denied' and coalesce(email, phone, user_id) is not null)",
        clock='recorded_at'
    ) }}

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
        coalesce(purpose_code, 'all') as purpose_code,
        coalesce(channel_code, 'all') as channel_code,
        status_code,
        basis_text,
        stated_at as occurred_at,
        received_at
    from statements

)

select * from final
