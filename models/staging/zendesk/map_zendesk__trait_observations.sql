-- The help desk keeps one name field; it is not split, since a wrong first name is worse than none.
with

users as (

    select
        'user' as source_table,
        record_key,
        'help_desk_id' as identifier_type,
        user_id as identifier_value,
        cast(null as varchar) as country_code,
        language_code,
        updated_at as observed_at,
        received_at
    from {{ ref('stg_zendesk__users') }}
    where
        quarantine_reason is null
        and coalesce(role_code, 'end-user') = 'end-user'

),

final as (

    {{ cdp.unpivot_traits('users', 'zendesk', {
        'language_code': 'language_code',
    }) }}

)

select * from final
