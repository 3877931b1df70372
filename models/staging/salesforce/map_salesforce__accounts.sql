with

accounts as (

    select * from {{ ref('stg_salesforce__accounts') }}
    where quarantine_reason is null

),

final as (

    select
        'salesforce' as source_name,
        'account' as source_table,
        record_key,
        account_id,
        account_name,
        domain_name,
        industry_name,
        country_code,
        case
            when account_type like '%customer%' then 'customer'
            when account_type like '%prospect%' then 'prospect'
            when account_type like '%partner%' then 'partner'
            else 'other'
        end as account_type,
        employee_count,
        annual_revenue_amount,
        received_at as created_at,
        received_at
    from accounts

)

select * from final
