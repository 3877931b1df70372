with

landed as (

    {{ cdp.landed('salesforce', 'account') }}

),

final as (

    select
        landed.id as account_id,
        landed.name as account_name,
        {{ cdp.domain_name('landed.website') }} as domain_name,
        landed.industry as industry_name,
        lower(landed.type) as account_type,
        {{ cdp.country_code(
            'coalesce(landed.billing_country_code, landed.billing_country)'
        ) }} as country_code,
        landed.number_of_employees as employee_count,
        cast(landed.annual_revenue as numeric(18, 2)) as annual_revenue_amount,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
