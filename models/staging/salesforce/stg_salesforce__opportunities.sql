with

landed as (

    {{ cdp.landed('salesforce', 'opportunity') }}

),

final as (

    select
        landed.id as opportunity_id,
        landed.account_id,
        landed.stage_name,
        landed.amount,
        coalesce(landed.is_closed, false) as is_closed,
        coalesce(landed.is_won, false) as is_won,
        cast(landed.close_date as date) as closes_on,
        landed.created_date as created_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
