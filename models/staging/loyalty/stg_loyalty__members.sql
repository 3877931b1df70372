with

landed as (

    {{ cdp.landed('loyalty', 'member') }}

),

final as (

    select
        nullif(trim(landed.loyalty_no), '') as loyalty_id,
        nullif(trim(landed.email), '') as email,
        nullif(trim(landed.phone), '') as phone,
        landed.first_name,
        landed.last_name,
        landed.birth_date,
        coalesce(landed.updated_at, landed.enrolled_at) as updated_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
