with

final as (

    {{ cdp.quarantined_rows('loyalty', {
        'member': 'stg_loyalty__members',
        'ledger': 'stg_loyalty__ledger_entries',
    }) }}

)

select * from final
