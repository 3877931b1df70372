with

landed as (

    {{ cdp.landed('klaviyo', 'person') }}

),

final as (

    select
        landed.id as person_id,
        landed.email,
        landed.phone_number as phone,
        landed.first_name,
        landed.last_name,
        landed.city,
        landed.region,
        landed.zip as postal_code,
        {{ cdp.country_code('landed.country') }} as country_code,
        landed.title as job_title,
        landed.organization as company_name,
        coalesce(landed.updated, landed.created) as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
