with

landed as (

    {{ cdp.landed('loyalty', 'ledger', refused=[
        ['missing_value', 'loyalty_no', "coalesce(trim(loyalty_no), '') = ''"],
    ]) }}

),

final as (

    select
        landed.entry_id,
        trim(landed.loyalty_no) as loyalty_id,
        lower(trim(landed.entry_type)) as entry_type,
        coalesce(landed.points, 0) as points,
        nullif(lower(trim(landed.tier)), '') as tier_code,
        landed.expires_at,
        landed.occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
