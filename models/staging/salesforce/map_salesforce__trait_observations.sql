with

people as (

    select
        'contact' as source_table,
        record_key,
        'crm_id' as identifier_type,
        contact_id as identifier_value,
        country_code,
        first_name,
        last_name,
        title_text,
        cast(null as varchar) as company_name,
        city,
        coalesce(updated_at, received_at) as observed_at,
        received_at
    from {{ ref('stg_salesforce__contacts') }}
    where quarantine_reason is null

    union all

    select
        'lead' as source_table,
        record_key,
        'crm_id' as identifier_type,
        lead_id as identifier_value,
        country_code,
        first_name,
        last_name,
        title_text,
        company_name,
        city,
        coalesce(updated_at, received_at) as observed_at,
        received_at
    from {{ ref('stg_salesforce__leads') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_traits('people', 'salesforce', {
        'first_name': 'first_name',
        'last_name': 'last_name',
        'job_title': 'title_text',
        'company_name': 'company_name',
        'city': 'city',
        'country_code': 'country_code',
    }) }}

)

select * from final
