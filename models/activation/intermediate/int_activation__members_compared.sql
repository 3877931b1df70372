{#-
    Members that may be sent, beside those the destination has, and only where the two differ: nearly
    everybody is as yesterday, and is not worth writing down. A member whose state is pending may be
    there, so it counts as there; its hash is empty when nobody knows what arrived, which makes
    the comparison send it again. What a mode leaves undone: an upsert removes only who refused
    contact, an append changes and removes nobody. A sync without a file is not compared, see
    sync_orphans. Where the vendor finds people by whatever it was given, somebody of whom that has
    changed is taken out first, and put in again by the next plan: an address that is theirs no longer
    would stay there for good. Long for its lists of columns.
-#}
with

-- read twice, once for each half: a CTE that is read twice is copied whole into memory first
eligible as (

    select * from {{ ref('int_activation__members_judged') }}
    where refusal_code is null

),

members_refused as (

    select * from {{ ref('int_activation__members_judged') }}
    where refusal_code is not null

),

sync_state as (

    select * from {{ ref('sync_state') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

contacts_refused as (

    select * from {{ ref('int_activation__contacts_refused') }}

),

keys_refused as (

    select * from {{ ref('int_activation__keys_refused') }}

),

members_to_repeat as (

    select * from {{ ref('int_activation__members_to_repeat') }}

),

refused as (

    select
        sync_name,
        audience_name,
        member_key,
        min(refusal_code) as refusal_code,
        -- a person's own word quoted before ours: two people may claim one key
        min(case when is_refused_by_person then refusal_code end) as persons_refusal_code
    from members_refused
    group by sync_name, audience_name, member_key

),

paired as (

    select
        coalesce(eligible.sync_name, sync_state.sync_name) as sync_name,
        coalesce(eligible.audience_name, sync_state.audience_name) as audience_name,
        coalesce(eligible.member_key, sync_state.member_key) as member_key,
        coalesce(eligible.key_field, sync_state.key_field) as key_field,
        coalesce(eligible.profile_id, sync_state.profile_id) as profile_id,
        eligible.consent_version,
        eligible.payload_json,
        eligible.payload_hash,
        sync_state.payload_hash as known_payload_hash,
        sync_state.sent_json,
        coalesce(sync_state.revision_count, 0) as revision_count,
        coalesce(sync_state.status_code in ('present', 'pending'), false) as is_there,
        eligible.member_key is not null as is_wanted,
        members_to_repeat.member_key is not null as is_to_repeat
    from eligible
    full outer join sync_state
        on
            eligible.sync_name = sync_state.sync_name
            and eligible.audience_name = sync_state.audience_name
            and eligible.member_key = sync_state.member_key
    left join members_to_repeat
        on
            sync_state.sync_name = members_to_repeat.sync_name
            and sync_state.audience_name = members_to_repeat.audience_name
            and sync_state.member_key = members_to_repeat.member_key

),

different as (

    select * from paired
    where
        is_wanted <> is_there
        or (is_wanted and (payload_hash <> known_payload_hash or is_to_repeat))

),

explained as (

    select
        different.*,
        sync_catalog.purpose_code,
        sync_catalog.channel_code,
        sync_catalog.mode_code,
        sync_catalog.is_retired,
        coalesce(
            contacts_refused.reason_code, keys_refused.reason_code, refused.persons_refusal_code
        ) as persons_refusal_code,
        refused.refusal_code,
        coalesce(
            different.is_wanted
            and different.is_there
            and {{ cdp.lacks_what_was_sent('different.payload_json', 'different.sent_json') }},
            false
        ) as is_outdated
    from different
    inner join sync_catalog
        on different.sync_name = sync_catalog.sync_name
    left join refused
        on
            different.sync_name = refused.sync_name
            and different.audience_name = refused.audience_name
            and different.member_key = refused.member_key
    left join contacts_refused
        on
            different.profile_id = contacts_refused.profile_id
            and sync_catalog.purpose_code = contacts_refused.purpose_code
            and sync_catalog.channel_code = contacts_refused.channel_code
    left join keys_refused
        on
            different.sync_name = keys_refused.sync_name
            and different.member_key = keys_refused.member_key

),

decided as (

    select
        sync_name,
        audience_name,
        member_key,
        key_field,
        profile_id,
        purpose_code,
        channel_code,
        consent_version,
        payload_json,
        payload_hash,
        sent_json,
        revision_count,
        case
            when is_wanted and not is_there then 'add'
            when is_outdated and mode_code <> 'append' then 'remove'
            when is_wanted and mode_code <> 'append' then 'update'
            when
                not is_wanted
                and (
                    mode_code = 'mirror'
                    or (
                        mode_code = 'upsert'
                        and (is_retired or persons_refusal_code is not null)
                    )
                )
                then 'remove'
        end as operation_code,
        case
            when is_wanted and not is_there then 'entered_audience'
            when is_outdated then 'identifiers_changed'
            when is_wanted and payload_hash = known_payload_hash then 'other_key_left'
            when is_wanted then 'payload_changed'
            when persons_refusal_code is not null then persons_refusal_code
            when is_retired then 'sync_retired'
            else coalesce(refusal_code, 'left_audience')
        end as reason_code,
        persons_refusal_code is not null as is_refused_by_person
    from explained

),

final as (

    select * from decided
    where operation_code is not null

)

select * from final
