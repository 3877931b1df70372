with

members as (

    select
        'member' as source_table,
        record_key,
        loyalty_id,
        email,
        phone,
        cast(null as varchar) as country_code,
        updated_at as observed_at,
        received_at
    from {{ ref('stg_loyalty__members') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_identifiers('members', 'loyalty', {
        'loyalty_id': 'loyalty_id',
        'email': 'email',
        'phone': 'phone',
    }) }}

)

select * from final
