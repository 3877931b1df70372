{#-
    Each desired member and, if it may not be sent, the first reason why: what the person said, our own
    rules about the person, what we know of the person, the holdout, and at last what depends on who
    else is left: priority between audiences, then the cap. The holdout comes after the rules, so that
    those held out are people who would have been sent.
-#}
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

contacts_excluded as (

    select * from {{ ref('int_activation__contacts_excluded') }}

),

contacts_tired as (

    select * from {{ ref('int_activation__contacts_tired') }}

),

-- distinct: a person may be in two holdouts
held_out as (

    select distinct
        profile_id,
        purpose_code
    from {{ ref('holdout_members') }}
    where sync_name = 'all'

),

held_out_of_sync as (

    select distinct
        profile_id,
        purpose_code,
        sync_name
    from {{ ref('holdout_members') }}
    where sync_name <> 'all'

),

judged as (

    select
        members_desired.*,
        contact_permissions.consent_version,
        contacts_refused.reason_code is not null as is_refused_by_person,
        case
            when contacts_refused.reason_code is not null then contacts_refused.reason_code
            when contact_permissions.profile_id is null then 'no_consent'
            when contacts_excluded.reason_code is not null then contacts_excluded.reason_code
            when contacts_tired.profile_id is not null then 'frequency_cap'
            when
                members_desired.member_key is null
                or members_desired.identity_class_code is null
                then 'no_identifier'
            when
                {{ cdp.identity_class_rank('members_desired.identity_class_code') }}
                > {{ cdp.identity_class_rank('members_desired.weakest_class_code') }}
                then 'identity_too_weak'
            when members_desired.claimant_count > 1 then 'ambiguous_member_key'
            when held_out.profile_id is not null then 'global_holdout'
            when held_out_of_sync.profile_id is not null then 'sync_holdout'
        end as refusal_code
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
    left join contacts_excluded
        on
            members_desired.profile_id = contacts_excluded.profile_id
            and members_desired.purpose_code = contacts_excluded.purpose_code
            and members_desired.channel_code = contacts_excluded.channel_code
    left join contacts_tired
        on
            members_desired.sync_name = contacts_tired.sync_name
            and members_desired.profile_id = contacts_tired.profile_id
    left join held_out
        on
            members_desired.profile_id = held_out.profile_id
            and members_desired.purpose_code = held_out.purpose_code
    left join held_out_of_sync
        on
            members_desired.profile_id = held_out_of_sync.profile_id
            and members_desired.purpose_code = held_out_of_sync.purpose_code
            and members_desired.sync_name = held_out_of_sync.sync_name

),

-- few syncs compete or have a cap; the rest of the rows are spared the sorting
ranked_in_group as (

    select
        sync_name,
        audience_name,
        profile_id,
        row_number() over (
            partition by priority_group, profile_id
            order by
                priority_rank,
                {{ cdp.binary_order('sync_name') }},
                {{ cdp.binary_order('audience_name') }}
        ) as place
    from judged
    where
        priority_group is not null
        and refusal_code is null

),

prioritised as (

    select
        judged.*,
        coalesce(
            judged.refusal_code, case when ranked_in_group.place > 1 then 'lower_priority' end
        ) as refusal_after_priority_code
    from judged
    left join ranked_in_group
        on
            judged.sync_name = ranked_in_group.sync_name
            and judged.audience_name = ranked_in_group.audience_name
            and judged.profile_id = ranked_in_group.profile_id

),

ranked_for_cap as (

    select
        sync_name,
        audience_name,
        profile_id,
        row_number() over (
            partition by sync_name, audience_name
            order by
                rank_value desc nulls last,
                {{ cdp.binary_order('profile_id') }}
        ) as place
    from prioritised
    where
        cap_members is not null
        and refusal_after_priority_code is null

),

final as (

    select
        prioritised.sync_name,
        prioritised.audience_name,
        prioritised.profile_id,
        prioritised.key_field,
        prioritised.member_key,
        prioritised.identity_class_code,
        prioritised.evidence_json,
        prioritised.payload_json,
        prioritised.payload_hash,
        prioritised.purpose_code,
        prioritised.channel_code,
        prioritised.consent_version,
        coalesce(
            prioritised.refusal_after_priority_code,
            case when ranked_for_cap.place > prioritised.cap_members then 'over_cap' end
        ) as refusal_code,
        prioritised.is_refused_by_person
    from prioritised
    left join ranked_for_cap
        on
            prioritised.sync_name = ranked_for_cap.sync_name
            and prioritised.audience_name = ranked_for_cap.audience_name
            and prioritised.profile_id = ranked_for_cap.profile_id

)

select * from final
