with

final as (

    {{ cdp.quarantined_rows('stripe', {
        'customer': 'stg_stripe__customers',
        'subscription': 'stg_stripe__subscriptions',
        'subscription_item': 'stg_stripe__subscription_items',
        'plan': 'stg_stripe__plans',
        'invoice': 'stg_stripe__invoices',
        'charge': 'stg_stripe__charges',
    }) }}

)

select * from final
