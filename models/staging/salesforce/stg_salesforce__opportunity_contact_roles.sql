with

landed as (

    {{ cdp.landed('salesforce', 'opportunity_contact_role') }}

),

final as (

    select
        landed.id as role_id,
        landed.opportunity_id,
        landed.contact_id,
        coalesce(landed.is_primary, false) as is_primary,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
