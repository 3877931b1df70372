with

landed as (

    {{ cdp.landed('salesforce', 'lead') }}

),

final as (

    select
        landed.id as lead_id,
        landed.converted_contact_id as contact_id,
        landed.status as status_name,
        coalesce(landed.is_converted, landed.converted_contact_id is not null) as is_converted,
        landed.created_date as created_at,
        landed.converted_date as converted_at,
        landed.email,
        landed.phone,
        landed.first_name,
        landed.last_name,
        landed.title as title_text,
        landed.company as company_name,
        landed.city,
        {{ cdp.country_code('coalesce(landed.country_code, landed.country)') }} as country_code,
        landed.has_opted_out_of_email,
        landed.do_not_call,
        coalesce(landed.last_modified_date, landed.created_date) as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
