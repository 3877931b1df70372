with

opportunities as (

    select * from {{ ref('stg_salesforce__opportunities') }}
    where quarantine_reason is null

),

roles as (

    select * from {{ ref('stg_salesforce__opportunity_contact_roles') }}
    where
        quarantine_reason is null
        and contact_id is not null

),

-- The person of an opportunity: its primary contact, else the first one entered.
primary_roles as (

    select
        opportunity_id,
        contact_id,
        row_number() over (
            partition by opportunity_id
            order by case when is_primary then 0 else 1 end asc, record_key asc
        ) as role_number
    from roles

),

final as (

    select
        'salesforce' as source_name,
        'opportunity' as source_table,
        opportunities.record_key,
        opportunities.opportunity_id,
        opportunities.account_id,
        case when primary_roles.contact_id is not null then 'crm_id' end as identifier_type,
        primary_roles.contact_id as identifier_value,
        cast(null as varchar) as country_code,
        opportunities.stage_name,
        opportunities.amount,
        opportunities.is_closed,
        opportunities.is_won,
        opportunities.created_at,
        opportunities.closes_on,
        opportunities.received_at
    from opportunities
    left join primary_roles
        on
            opportunities.opportunity_id = primary_roles.opportunity_id
            and primary_roles.role_number = 1

)

select * from final
