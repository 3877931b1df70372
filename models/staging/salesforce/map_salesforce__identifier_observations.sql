-- A converted lead carries the contact it became: both ids in one record link the two.
with

contacts as (

    select
        'contact' as source_table,
        record_key,
        contact_id as crm_id,
        email,
        phone,
        country_code,
        coalesce(updated_at, received_at) as observed_at,
        received_at
    from {{ ref('stg_salesforce__contacts') }}
    where quarantine_reason is null

),

leads as (

    select
        'lead' as source_table,
        record_key,
        lead_id as crm_id,
        contact_id,
        email,
        phone,
        country_code,
        coalesce(updated_at, received_at) as observed_at,
        received_at
    from {{ ref('stg_salesforce__leads') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_identifiers('contacts', 'salesforce', {
        'crm_id': 'crm_id',
        'email': 'email',
        'phone': 'phone',
    }) }}

    union all

    {{ cdp.unpivot_identifiers('leads', 'salesforce', {
        'crm_id': 'crm_id',
        'email': 'email',
        'phone': 'phone',
    }) }}

    union all

    {{ cdp.unpivot_identifiers('leads', 'salesforce', {
        'crm_id': 'contact_id',
    }) }}

)

select * from final
