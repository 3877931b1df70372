with

responses as (

    select
        'response' as source_table,
        record_key,
        user_id,
        email,
        cast(null as varchar) as country_code,
        responded_at as observed_at,
        received_at
    from {{ ref('stg_surveys__responses') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_identifiers('responses', 'surveys', {
        'user_id': 'user_id',
        'email': 'email',
    }) }}

)

select * from final
