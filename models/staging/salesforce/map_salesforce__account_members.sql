with

contacts as (

    select * from {{ ref('stg_salesforce__contacts') }}
    where
        quarantine_reason is null
        and account_id is not null

),

final as (

    select
        'salesforce' as source_name,
        'contact' as source_table,
        record_key,
        account_id,
        'crm_id' as identifier_type,
        contact_id as identifier_value,
        country_code,
        title_text,
        coalesce(created_at, received_at) as since_at,
        received_at
    from contacts

)

select * from final
