-- Where the day of conversion is not landed, the contact's first day is it; without either, the
-- lead's last change, which may be later.
with

leads as (

    select * from {{ ref('stg_salesforce__leads') }}
    where quarantine_reason is null

),

contacts as (

    select * from {{ ref('stg_salesforce__contacts') }}
    where quarantine_reason is null

),

final as (

    select
        'salesforce' as source_name,
        'lead' as source_table,
        leads.record_key,
        leads.lead_id,
        'crm_id' as identifier_type,
        leads.lead_id as identifier_value,
        leads.country_code,
        leads.status_name,
        coalesce(leads.created_at, leads.received_at) as created_at,
        case
            when leads.is_converted
                then coalesce(leads.converted_at, contacts.created_at, leads.updated_at)
        end as converted_at,
        leads.received_at
    from leads
    left join contacts on leads.contact_id = contacts.contact_id

)

select * from final
