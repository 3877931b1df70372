with

people as (

    select
        'person' as source_table,
        record_key,
        person_id,
        email,
        phone,
        country_code,
        coalesce(updated_at, received_at) as observed_at,
        received_at
    from {{ ref('stg_klaviyo__people') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_identifiers('people', 'klaviyo', {
        'email_platform_id': 'person_id',
        'email': 'email',
        'phone': 'phone',
    }) }}

)

select * from final
