with

landed as (

    {{ cdp.landed('whatsapp', 'message_status', refused=[
        ['missing_value', 'recipient_id', "coalesce(trim(recipient_id), '') = ''"],
        ['value_out_of_range', 'status', "
            lower(trim(status)) not in ('sent', 'delivered', 'read', 'clicked', 'failed')
        "],
    ]) }}

),

final as (

    select
        landed.message_id,
        -- The network writes numbers in full and without the plus.
        '+' || ltrim(trim(landed.recipient_id), '+') as phone,
        lower(trim(landed.status)) as status_code,
        landed.template_name,
        landed.timestamp as occurred_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
