with

members as (

    select
        'member' as source_table,
        record_key,
        'loyalty_id' as identifier_type,
        loyalty_id as identifier_value,
        cast(null as varchar) as country_code,
        first_name,
        last_name,
        birth_date,
        updated_at as observed_at,
        received_at
    from {{ ref('stg_loyalty__members') }}
    where quarantine_reason is null

),

final as (

    {{ cdp.unpivot_traits('members', 'loyalty', {
        'first_name': 'first_name',
        'last_name': 'last_name',
        'birth_date': 'birth_date',
    }) }}

)

select * from final
