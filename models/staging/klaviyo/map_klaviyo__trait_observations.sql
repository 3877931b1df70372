with

people as (

    select
        'person' as source_table,
        record_key,
        'email_platform_id' as identifier_type,
        person_id as identifier_value,
        country_code,
        first_name,
        last_name,
        city,
        region,
        postal_code,
        job_title,
        company_name,
        coalesce(updated_at, received_at) as observed_at,
        received_at
    from {{ ref('stg_klaviyo__people') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_traits('people', 'klaviyo', {
        'first_name': 'first_name',
        'last_name': 'last_name',
        'city': 'city',
        'region': 'region',
        'postal_code': 'postal_code',
        'country_code': 'country_code',
        'job_title': 'job_title',
        'company_name': 'company_name',
    }) }}

)

select * from final
