{#- Each desired member and, if it may not be sent, the first reason why. -#}
with

members_desired as (

    select * from {{ ref('int_activation__members_desired') }}

),

contacts_refused as (

    select * from {{ ref('int_activation__contacts_refused') }}

),

contact_permissions as (

    select * from {{ ref('contact_permissions') }}

),

final as (

    select
        members_desired.sync_name,
        members_desired.audience_name,
        members_desired.profile_id,
        members_desired.key_field,
        members_desired.member_key,
        members_desired.identity_class_code,
        members_desired.evidence_json,
        members_desired.payload_json,
        members_desired.payload_hash,
        members_desired.purpose_code,
        members_desired.channel_code,
        contact_permissions.consent_version,
        case
            when contacts_refused.reason_code is not null then contacts_refused.reason_code
            when contact_permissions.profile_id is null then 'no_consent'
            when
                members_desired.member_key is null
                or members_desired.identity_class_code is null
                then 'no_identifier'
            when
                {{ cdp.identity_class_rank('members_desired.identity_class_code') }}
                > {{ cdp.identity_class_rank('members_desired.weakest_class_code') }}
                then 'identity_too_weak'
            when members_desired.claimant_count > 1 then 'ambiguous_member_key'
        end as refusal_code,
        contacts_refused.reason_code is not null as is_refused_by_person
    from members_desired
    left join contacts_refused
        on
            members_desired.profile_id = contacts_refused.profile_id
            and members_desired.purpose_code = contacts_refused.purpose_code
            and members_desired.channel_code = contacts_refused.channel_code
    left join contact_permissions
        on
            members_desired.profile_id = contact_permissions.profile_id
            and members_desired.purpose_code = contact_permissions.purpose_code
            and members_desired.channel_code = contact_permissions.channel_code

)

select * from final
