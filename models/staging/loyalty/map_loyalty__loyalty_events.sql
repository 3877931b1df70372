with

ledger_entries as (

    select * from {{ ref('stg_loyalty__ledger_entries') }}
    where quarantine_reason is null

),

final as (

    select
        'loyalty' as source_name,
        'ledger' as source_table,
        record_key,
        'loyalty_id' as identifier_type,
        loyalty_id as identifier_value,
        cast(null as varchar) as country_code,
        -- Points count, whatever else the programme calls the movement.
        case entry_type
            when 'earn' then 'earned'
            when 'redeem' then 'redeemed'
            when 'expire' then 'expired'
            when 'tier_change' then 'tier_changed'
            else 'adjusted'
        end as loyalty_event_type,
        points,
        tier_code,
        expires_at,
        occurred_at,
        received_at
    from ledger_entries

)

select * from final
