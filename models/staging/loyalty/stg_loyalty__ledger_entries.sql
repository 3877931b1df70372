with

landed as (

    {{ cdp.landed('loyalty', 'ledger') }}

),

final as (

    select
        landed.entry_id,
        landed.loyalty_no as loyalty_id,
        lower(landed.entry_type) as entry_type,
        coalesce(landed.points, 0) as points,
        lower(landed.tier) as tier_code,
        landed.expires_at,
        landed.occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
