with

consent_state as (

    select * from {{ ref('consent_state') }}

),

permissions as (

    select * from {{ ref('contact_permissions') }}

),

suppressions as (

    select * from {{ ref('suppressions') }}

),

{%- set asked = {
    'marketing_email': "purpose_code = 'marketing' and channel_code = 'email'",
    'marketing_sms': "purpose_code = 'marketing' and channel_code = 'sms'",
    'marketing_push': "purpose_code = 'marketing' and channel_code = 'push'",
    'marketing_whatsapp': "purpose_code = 'marketing' and channel_code = 'whatsapp'",
    'advertising': "purpose_code = 'advertising' and channel_code = 'ads'",
    'personalisation': "purpose_code = 'personalisation'",
    'analytics': "purpose_code = 'analytics'",
} %}

facts as (

    select
        profile_id,
        purpose_code,
        channel_code,
        case when status_code = 'denied' then 2 else 1 end as strictness,
        0 as permission,
        0 as suppression,
        decided_at
    from consent_state

    union all

    select
        profile_id,
        purpose_code,
        channel_code,
        0 as strictness,
        1 as permission,
        0 as suppression,
        cast(null as timestamp) as decided_at
    from permissions

    union all

    select
        profile_id,
        purpose_code,
        channel_code,
        0 as strictness,
        0 as permission,
        1 as suppression,
        cast(null as timestamp) as decided_at
    from suppressions

),

final as (

    select
        profile_id,
        {%- for name, condition in asked.items() %}
        max(case when {{ condition }} then strictness else 0 end) as {{ name }}_strictness,
        max(case when {{ condition }} then permission else 0 end) = 1 as is_{{ name }}_permitted,
        {%- endfor %}
        max(suppression) = 1 as is_suppressed,
        max(decided_at) as last_consent_at
    from facts
    group by profile_id

)

select * from final
