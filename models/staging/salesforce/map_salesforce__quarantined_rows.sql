with

final as (

    {{ cdp.quarantined_rows('salesforce', {
        'account': 'stg_salesforce__accounts',
        'contact': 'stg_salesforce__contacts',
        'lead': 'stg_salesforce__leads',
        'opportunity': 'stg_salesforce__opportunities',
        'opportunity_contact_role': 'stg_salesforce__opportunity_contact_roles',
    }) }}

)

select * from final
