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

-- What was typed into an e-mail field may be no address; the statement still counts.
bound as (

    select
        statements.*,
        case
            when {{ cdp.email_address('statements.email') }} is not null then 'email'
            when statements.user_id is not null then 'user_id'
            when statements.phone is not null then 'phone'
            else 'email'
        end as identifier_type
    from statements

),

final as (

    select
        'consent' as source_name,
        'consent_record' as source_table,
        record_key,
        identifier_type,
        case identifier_type
            when 'user_id' then user_id
            when 'phone' then phone
            else email
        end as identifier_value,
        country_code,
        coalesce(purpose_code, 'all') as purpose_code,
        coalesce(channel_code, 'all') as channel_code,
        status_code,
        basis_text,
        stated_at as occurred_at,
        received_at
    from bound

)

select * from final
