with

landed as (

    {{ cdp.landed('salesforce', 'contact') }}

),

final as (

    select
        landed.id as contact_id,
        landed.account_id,
        landed.email,
        coalesce(landed.mobile_phone, landed.phone) as phone,
        landed.first_name,
        landed.last_name,
        landed.title as title_text,
        landed.mailing_city as city,
        {{ cdp.country_code(
            'coalesce(landed.mailing_country_code, landed.mailing_country)'
        ) }} as country_code,
        landed.has_opted_out_of_email,
        landed.do_not_call,
        landed.created_date as created_at,
        coalesce(landed.last_modified_date, landed.created_date) as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
