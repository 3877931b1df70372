{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='spell_key',
    on_schema_change='fail',
    full_refresh=false,
) }}
-- Who entered and left, when and why. It survives --full-refresh, since the past cannot be judged
-- again. A run for a moment before the latest one that is booked books nothing.
with

segment_members as (

    select * from {{ ref('segment_members') }}

),

segment_catalog as (

    {{ cdp.segments_listed() }}

),

profiles as (

    select profile_id from {{ ref('profiles') }}

),

merged as (

    select
        from_profile_id,
        max(merged_at) as merged_at
    from {{ ref('identity_merges') }}
    group by from_profile_id

),

booked as (

    {% if is_incremental() %}
    select * from {{ this }}
    {% else %}
    select
        cast(null as varchar) as spell_key,
        cast(null as varchar) as segment_name,
        cast(null as varchar) as profile_id,
        cast(null as varchar) as rule_version,
        cast(null as varchar) as entered_because_code,
        cast(null as varchar) as entered_evidence_json,
        cast(null as varchar) as left_because_code,
        cast(null as varchar) as left_evidence_json,
        cast(null as timestamp) as entered_at,
        cast(null as timestamp) as left_at
    where 1 = 0
    {% endif %}

),

still_open as (

    select * from booked
    where left_at is null

),

-- What the rule was when it was judged last: every open spell carries it.
judged_before as (

    select
        segment_name,
        max(case when left_at is null then rule_version end) as rule_version
    from booked
    group by segment_name

),

latest as (

    select
        coalesce(
            max(case when left_at > entered_at then left_at else entered_at end),
            {{ cdp.as_of() }}
        ) as booked_at
    from booked

),

entered as (

    select
        segment_members.segment_name,
        segment_members.profile_id,
        segment_members.rule_version,
        case
            when judged_before.segment_name is null then 'first_judged'
            when judged_before.rule_version <> segment_members.rule_version then 'rule_changed'
            else 'facts_changed'
        end as entered_because_code,
        segment_members.evidence_json as entered_evidence_json,
        cast(null as varchar) as left_because_code,
        cast(null as varchar) as left_evidence_json,
        {{ cdp.as_of() }} as entered_at,
        cast(null as timestamp) as left_at
    from segment_members
    left join still_open
        on
            segment_members.segment_name = still_open.segment_name
            and segment_members.profile_id = still_open.profile_id
    left join judged_before on segment_members.segment_name = judged_before.segment_name
    where still_open.profile_id is null

),

gone as (

    select still_open.*
    from still_open
    left join segment_members
        on
            still_open.segment_name = segment_members.segment_name
            and still_open.profile_id = segment_members.profile_id
    where segment_members.profile_id is null

),

gone_facts as (

    {{ cdp.segments_unpivoted(ref('int_segments__judged'), 'gone') }}

),

closed as (

    select
        gone.segment_name,
        gone.profile_id,
        gone.rule_version,
        gone.entered_because_code,
        gone.entered_evidence_json,
        case
            when segment_catalog.segment_name is null then 'segment_removed'
            when profiles.profile_id is null and merged.from_profile_id is not null
                then 'profile_merged'
            when profiles.profile_id is null then 'profile_gone'
            when segment_catalog.rule_version <> gone.rule_version then 'rule_changed'
            else 'facts_changed'
        end as left_because_code,
        gone_facts.evidence_json as left_evidence_json,
        gone.entered_at,
        {{ cdp.as_of() }} as left_at
    from gone
    left join segment_catalog on gone.segment_name = segment_catalog.segment_name
    left join profiles on gone.profile_id = profiles.profile_id
    left join merged on gone.profile_id = merged.from_profile_id
    left join gone_facts
        on
            gone.segment_name = gone_facts.segment_name
            and gone.profile_id = gone_facts.profile_id

),

-- Who stays under a new rule: the spell goes on, the version is the new one.
stayed as (

    select
        still_open.segment_name,
        still_open.profile_id,
        segment_members.rule_version,
        still_open.entered_because_code,
        still_open.entered_evidence_json,
        still_open.left_because_code,
        still_open.left_evidence_json,
        still_open.entered_at,
        still_open.left_at
    from still_open
    inner join segment_members
        on
            still_open.segment_name = segment_members.segment_name
            and still_open.profile_id = segment_members.profile_id
    where still_open.rule_version <> segment_members.rule_version

),

changed as (

    select * from entered
    union all
    select * from closed
    union all
    select * from stayed

),

final as (

    select
        cast({{ cdp.surrogate_key([
            'changed.segment_name', 'changed.profile_id', 'changed.entered_at',
        ]) }} as varchar) as spell_key,
        changed.segment_name,
        changed.profile_id,
        changed.rule_version,
        cast(changed.entered_because_code as varchar) as entered_because_code,
        changed.entered_evidence_json,
        cast(changed.left_because_code as varchar) as left_because_code,
        changed.left_evidence_json,
        changed.entered_at,
        changed.left_at
    from changed
    cross join latest
    where latest.booked_at <= {{ cdp.as_of() }}

)

select * from final
