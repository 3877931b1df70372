with

final as (

    {{ cdp.quarantined_rows('consent', {
        'consent_record': 'stg_consent__consent_records',
        'privacy_request': 'stg_consent__privacy_requests',
    }) }}

)

select * from final
