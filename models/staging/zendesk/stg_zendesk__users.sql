with

landed as (

    {{ cdp.landed('zendesk', 'user') }}

),

final as (

    select
        cast(landed.id as varchar) as user_id,
        landed.email,
        landed.phone,
        landed.name as full_name,
        lower(landed.role) as role_code,
        lower(substr(landed.locale, 1, 2)) as language_code,
        landed.created_at,
        coalesce(landed.updated_at, landed.created_at) as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
