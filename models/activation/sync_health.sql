{#- A view, since the ledger moves on while the plan stands still: what a run just did is in it. -#}
with

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

members_judged as (

    select * from {{ ref('int_activation__members_judged') }}
    where refusal_code is null

),

sync_state as (

    select * from {{ ref('sync_state') }}
    where status_code <> 'removed'

),

sync_guards as (

    select * from {{ ref('sync_guards') }}

),

sync_dead_letters as (

    select * from {{ ref('sync_dead_letters') }}
    where resolved_at is null

),

paired as (

    select
        coalesce(members_judged.sync_name, sync_state.sync_name) as sync_name,
        members_judged.member_key is not null as is_eligible,
        sync_state.member_key is not null as is_there,
        coalesce(sync_state.status_code = 'pending', false) as is_pending,
        coalesce(members_judged.payload_hash <> sync_state.payload_hash, false) as is_changed
    from members_judged
    full outer join sync_state
        on
            members_judged.sync_name = sync_state.sync_name
            and members_judged.audience_name = sync_state.audience_name
            and members_judged.member_key = sync_state.member_key

),

counted as (

    select
        sync_name,
        sum(case when is_eligible then 1 else 0 end) as eligible_count,
        sum(case when is_there then 1 else 0 end) as present_count,
        sum(case when is_pending then 1 else 0 end) as pending_count,
        sum(case when is_eligible and not is_there then 1 else 0 end) as missing_count,
        sum(case when is_there and not is_eligible then 1 else 0 end) as extra_count,
        sum(case when is_changed and not is_pending then 1 else 0 end) as changed_count
    from paired
    group by sync_name

),

guarded as (

    select
        sync_name,
        min(coalesce(guard_code, add_guard_code)) as guard_code
    from sync_guards
    group by sync_name

),

refused as (

    -- who said no is refused by us, and is tried again by nobody
    select
        sync_name,
        count(*) as dead_letter_count,
        sum(
            case
                when
                    reason_class_code <> 'consent'
                    and first_seen_at
                    + interval '1 day' * {{ var('sync_overdue_days') }} < {{ cdp.as_of() }}
                    then 1
                else 0
            end
        ) as overdue_count
    from sync_dead_letters
    group by sync_name

),

final as (

    select
        sync_catalog.sync_name,
        guarded.guard_code,
        guarded.guard_code is null as is_unguarded,
        coalesce(refused.dead_letter_count, 0)
        <= {{ var('sync_dead_letter_share') }} * coalesce(counted.eligible_count, 0)
            as is_delivering,
        coalesce(refused.overdue_count, 0) = 0 as is_on_time,
        coalesce(counted.missing_count, 0) = 0
        and (sync_catalog.mode_code <> 'mirror' or coalesce(counted.extra_count, 0) = 0)
        and (sync_catalog.mode_code = 'append' or coalesce(counted.changed_count, 0) = 0)
            as is_in_step,
        cast(coalesce(counted.eligible_count, 0) as bigint) as eligible_count,
        cast(coalesce(counted.present_count, 0) as bigint) as present_count,
        cast(coalesce(counted.pending_count, 0) as bigint) as pending_count,
        cast(coalesce(counted.missing_count, 0) as bigint) as missing_count,
        cast(coalesce(counted.extra_count, 0) as bigint) as extra_count,
        cast(coalesce(counted.changed_count, 0) as bigint) as changed_count,
        cast(coalesce(refused.dead_letter_count, 0) as bigint) as dead_letter_count,
        cast(coalesce(refused.overdue_count, 0) as bigint) as overdue_count
    from sync_catalog
    left join counted on sync_catalog.sync_name = counted.sync_name
    left join guarded on sync_catalog.sync_name = guarded.sync_name
    left join refused on sync_catalog.sync_name = refused.sync_name

)

select * from final
