with

landed as (

    {{ cdp.landed('consent', 'consent_record') }}

),

final as (

    select
        landed.email,
        landed.phone,
        landed.user_id,
        lower(landed.purpose) as purpose_code,
        lower(landed.channel) as channel_code,
        lower(landed.status) as status_code,
        landed.source_text as basis_text,
        upper(landed.country_code) as country_code,
        landed.recorded_at,
        landed.record_key,
        landed.landed_received_at as received_at,
        coalesce(
            landed.quarantine_reason,
            case
                when coalesce(lower(landed.status), '') not in ('granted', 'denied')
                    then 'value_out_of_range'
            end
        ) as quarantine_reason,
        case
            when landed.quarantine_reason is not null then landed.quarantine_column
            when coalesce(lower(landed.status), '') not in ('granted', 'denied')
                then 'status'
        end as quarantine_column,
        landed.quarantine_payload_json
    from landed

)

select * from final
