with

landed as (

    {{ cdp.landed('whatsapp', 'user_preference', refused=[
        ['value_out_of_range', 'value', "coalesce(lower(trim(value)), '') not in ('stop', 'resume')"],
    ]) }}

),

final as (

    select
        '+' || ltrim(trim(landed.wa_id), '+') as phone,
        lower(trim(landed.category)) as category_code,
        lower(trim(landed.value)) as value_code,
        landed.timestamp as occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
