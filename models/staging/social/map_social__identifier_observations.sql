with

interactions as (

    select
        'interaction' as source_table,
        record_key,
        social_handle,
        email,
        cast(null as varchar) as country_code,
        occurred_at as observed_at,
        received_at
    from {{ ref('stg_social__interactions') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_identifiers('interactions', 'social', {
        'social_handle': 'social_handle',
        'email': 'email',
    }) }}

)

select * from final
