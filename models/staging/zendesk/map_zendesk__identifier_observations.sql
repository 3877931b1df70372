-- Agents and admins are staff, not customers.
with

users as (

    select
        'user' as source_table,
        record_key,
        user_id,
        email,
        phone,
        cast(null as varchar) as country_code,
        updated_at as observed_at,
        received_at
    from {{ ref('stg_zendesk__users') }}
    where
        quarantine_reason is null
        and coalesce(role_code, 'end-user') = 'end-user'

),

final as (

    {{ cdp.unpivot_identifiers('users', 'zendesk', {
        'help_desk_id': 'user_id',
        'email': 'email',
        'phone': 'phone',
    }) }}

)

select * from final
