{#-
    Members that may be sent, beside those the destination has. A member whose state is pending may
    be there, so it counts as there; its hash is empty when nobody knows what arrived, which makes
    the comparison send it again.
-#}
with

members_judged as (

    select * from {{ ref('int_activation__members_judged') }}

),

sync_state as (

    select * from {{ ref('sync_state') }}

),

destinations as (

    select * from {{ ref('destinations') }}

),

contacts_refused as (

    select * from {{ ref('int_activation__contacts_refused') }}

),

eligible as (

    select * from members_judged
    where refusal_code is null

),

refused as (

    select
        sync_name,
        audience_name,
        member_key,
        min(refusal_code) as refusal_code
    from members_judged
    where refusal_code is not null
    group by sync_name, audience_name, member_key

),

known as (

    select
        sync_state.*,
        destinations.purpose_code,
        destinations.channel_code
    from sync_state
    inner join destinations
        on sync_state.sync_name = destinations.sync_name

),

compared as (

    select
        coalesce(eligible.sync_name, known.sync_name) as sync_name,
        coalesce(eligible.audience_name, known.audience_name) as audience_name,
        coalesce(eligible.member_key, known.member_key) as member_key,
        coalesce(eligible.key_field, known.key_field) as key_field,
        coalesce(eligible.profile_id, known.profile_id) as profile_id,
        coalesce(eligible.purpose_code, known.purpose_code) as purpose_code,
        coalesce(eligible.channel_code, known.channel_code) as channel_code,
        eligible.consent_version,
        eligible.payload_json,
        eligible.payload_hash,
        known.payload_hash as known_payload_hash,
        coalesce(known.revision_count, 0) as revision_count,
        coalesce(known.status_code in ('present', 'pending'), false) as is_there,
        eligible.member_key is not null as is_wanted
    from eligible
    full outer join known
        on
            eligible.sync_name = known.sync_name
            and eligible.audience_name = known.audience_name
            and eligible.member_key = known.member_key

),

final as (

    select
        compared.sync_name,
        compared.audience_name,
        compared.member_key,
        compared.key_field,
        compared.profile_id,
        compared.purpose_code,
        compared.channel_code,
        compared.consent_version,
        compared.payload_json,
        compared.payload_hash,
        compared.revision_count,
        compared.is_there,
        compared.is_wanted,
        case
            when compared.is_wanted and not compared.is_there then 'add'
            when
                compared.is_wanted and compared.payload_hash <> compared.known_payload_hash
                then 'update'
            when compared.is_there and not compared.is_wanted then 'remove'
        end as operation_code,
        case
            when compared.is_wanted and not compared.is_there then 'entered_audience'
            when compared.is_wanted then 'payload_changed'
            else
                coalesce(contacts_refused.reason_code, refused.refusal_code, 'left_audience')
        end as reason_code,
        contacts_refused.reason_code is not null as is_refused_by_person
    from compared
    left join refused
        on
            compared.sync_name = refused.sync_name
            and compared.audience_name = refused.audience_name
            and compared.member_key = refused.member_key
    left join contacts_refused
        on
            compared.profile_id = contacts_refused.profile_id
            and compared.purpose_code = contacts_refused.purpose_code
            and compared.channel_code = contacts_refused.channel_code

)

select * from final
