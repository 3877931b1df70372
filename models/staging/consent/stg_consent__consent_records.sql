with

landed as (

    {{ cdp.landed('consent', 'consent_record', refused=[
        ['missing_value', 'email', "
            coalesce(trim(email), '') || coalesce(trim(user_id), '') || coalesce(trim(phone), '')
            = ''
        "],
        ['missing_value', 'purpose', "coalesce(trim(purpose), '') = ''"],
        ['missing_value', 'channel', "coalesce(trim(channel), '') = ''"],
        ['value_out_of_range', 'status', "
            coalesce(lower(trim(status)), '') not in ('granted', 'denied')
        "],
    ]) }}

),

final as (

    select
        nullif(trim(landed.email), '') as email,
        nullif(trim(landed.phone), '') as phone,
        nullif(trim(landed.user_id), '') as user_id,
        lower(trim(landed.purpose)) as purpose_code,
        lower(trim(landed.channel)) as channel_code,
        lower(trim(landed.status)) as status_code,
        landed.source_text as basis_text,
        upper(trim(landed.country_code)) as country_code,
        landed.recorded_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
