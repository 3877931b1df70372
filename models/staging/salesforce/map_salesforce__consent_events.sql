{#-
    The boxes of the CRM that say no. One that is not ticked says nothing: nobody asked. Who wants no
    calls gets no text messages either. When a box was ticked is not kept: the no counts from the
    record's last change. It holds for the record and for the address or number on it, also after the
    record is deleted.
-#}
with

people as (

    select
        'contact' as source_table,
        record_key,
        contact_id as crm_id,
        email,
        phone,
        country_code,
        has_opted_out_of_email,
        do_not_call,
        coalesce(updated_at, received_at) as said_at,
        received_at,
        quarantine_reason,
        quarantine_payload_json
    from {{ ref('stg_salesforce__contacts') }}
    union all
    select
        'lead' as source_table,
        record_key,
        lead_id as crm_id,
        email,
        phone,
        country_code,
        has_opted_out_of_email,
        do_not_call,
        coalesce(updated_at, received_at) as said_at,
        received_at,
        quarantine_reason,
        quarantine_payload_json
    from {{ ref('stg_salesforce__leads') }}

),

asked as (

    select
        people.*,
        'email' as channel_code,
        'email' as address_type,
        people.email as address,
        people.has_opted_out_of_email as is_refused,
        'CRM, opted out of e-mail' as basis_text
    from people
    union all
    select
        people.*,
        'sms' as channel_code,
        'phone' as address_type,
        people.phone as address,
        people.do_not_call as is_refused,
        'CRM, do not call' as basis_text
    from people

),

statements as (

    {{ cdp.statements_heeded(
        'asked',
        refusal='(is_refused and coalesce(crm_id, address) is not null)',
        clock='said_at',
        named_by='record_key, channel_code'
    ) }}

),

bound as (

    select
        statements.*,
        'crm_id' as identifier_type,
        statements.crm_id as identifier_value
    from statements
    union all
    select
        statements.*,
        statements.address_type as identifier_type,
        statements.address as identifier_value
    from statements

),

final as (

    select
        'salesforce' as source_name,
        source_table,
        record_key,
        identifier_type,
        identifier_value,
        country_code,
        'marketing' as purpose_code,
        channel_code,
        'denied' as status_code,
        basis_text,
        stated_at as occurred_at,
        received_at
    from bound
    where is_refused and identifier_value is not null

)

select * from final
