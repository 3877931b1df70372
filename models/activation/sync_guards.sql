{#-
    Whether changes may go out. Guards stop mass mistakes: before a first run has ended we do not know
    what the destination holds; an audience without any member is far more often a broken feed than
    the truth; a large share leaving or joining at once, or an audience outside the size its file
    expects, waits for a person. A segment whose size jumped holds both, until segment_sizes finds the
    new size accepted. Guards never hold back somebody who refused contact: that is no mistake of
    ours. Nor the end of a sync that its file calls retired: somebody wrote that.
-#}
with

members_compared as (

    select * from {{ ref('int_activation__members_compared') }}

),

members_desired as (

    select * from {{ ref('int_activation__members_desired') }}

),

members_judged as (

    select * from {{ ref('int_activation__members_judged') }}

),

sync_state as (

    select * from {{ ref('sync_state') }}

),

sync_runs as (

    select * from {{ ref('sync_runs') }}

),

sync_approvals as (

    select * from {{ ref('sync_approvals') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

segments_held as (

    select segment_name from {{ ref('segment_catalog') }}
    where is_held

),

desired as (

    select
        sync_name,
        audience_name,
        max(segment_name) as segment_name,
        count(*) as desired_count
    from members_desired
    group by sync_name, audience_name

),

eligible as (

    select
        sync_name,
        audience_name,
        count(*) as eligible_count
    from members_judged
    where refusal_code is null
    group by sync_name, audience_name

),

present as (

    select
        sync_name,
        audience_name,
        sum(case when status_code in ('present', 'pending') then 1 else 0 end) as present_count
    from sync_state
    group by sync_name, audience_name

),

changes as (

    select
        sync_name,
        audience_name,
        sum(case when operation_code = 'add' then 1 else 0 end) as add_count,
        sum(case when operation_code = 'update' then 1 else 0 end) as update_count,
        sum(case when operation_code = 'remove' then 1 else 0 end) as remove_count,
        sum(
            case when operation_code = 'remove' and not is_refused_by_person then 1 else 0 end
        ) as guarded_remove_count
    from members_compared
    group by sync_name, audience_name

),

-- an audience may be wanted, there, or both
audiences as (

    select distinct
        sync_name,
        audience_name
    from (
        select
            sync_name,
            audience_name
        from desired
        union all
        select
            sync_name,
            audience_name
        from present
    ) as both_sides

),

finished as (

    select
        sync_name,
        count(*) as run_count
    from sync_runs
    where status_code in ('succeeded', 'partial')
    group by sync_name

),

approvals as (

    select
        sync_name,
        audience_name,
        max(max_remove_count) as max_remove_count
    from sync_approvals
    where expires_at > {{ cdp.as_of() }}
    group by sync_name, audience_name

),

judged as (

    select
        audiences.sync_name,
        audiences.audience_name,
        cast(coalesce(desired.desired_count, 0) as bigint) as desired_count,
        cast(coalesce(eligible.eligible_count, 0) as bigint) as eligible_count,
        cast(coalesce(present.present_count, 0) as bigint) as present_count,
        cast(coalesce(changes.add_count, 0) as bigint) as add_count,
        cast(coalesce(changes.update_count, 0) as bigint) as update_count,
        cast(coalesce(changes.remove_count, 0) as bigint) as remove_count,
        cast(coalesce(changes.guarded_remove_count, 0) as bigint) as guarded_remove_count,
        sync_catalog.max_remove_share,
        sync_catalog.max_add_share,
        sync_catalog.lowest_count,
        sync_catalog.highest_count,
        sync_catalog.is_retired,
        coalesce(finished.run_count, 0) as finished_run_count,
        coalesce(approvals.max_remove_count, 0) as approved_count,
        segments_held.segment_name is not null as is_segment_held
    from audiences
    inner join sync_catalog
        on audiences.sync_name = sync_catalog.sync_name
    left join desired
        on
            audiences.sync_name = desired.sync_name
            and audiences.audience_name = desired.audience_name
    left join segments_held
        on desired.segment_name = segments_held.segment_name
    left join eligible
        on
            audiences.sync_name = eligible.sync_name
            and audiences.audience_name = eligible.audience_name
    left join present
        on
            audiences.sync_name = present.sync_name
            and audiences.audience_name = present.audience_name
    left join changes
        on
            audiences.sync_name = changes.sync_name
            and audiences.audience_name = changes.audience_name
    left join finished
        on audiences.sync_name = finished.sync_name
    left join approvals
        on
            audiences.sync_name = approvals.sync_name
            and audiences.audience_name = approvals.audience_name

),

sized as (

    select
        judged.*,
        coalesce(judged.eligible_count < judged.lowest_count, false)
        or coalesce(judged.eligible_count > judged.highest_count, false) as is_size_unexpected
    from judged

),

final as (

    select
        sync_name,
        audience_name,
        case
            when is_retired then null
            when is_segment_held then 'segment_size'
            when guarded_remove_count = 0 then null
            when finished_run_count = 0 then 'first_run'
            when desired_count = 0 then 'empty_source'
            when guarded_remove_count <= approved_count then null
            when is_size_unexpected then 'audience_size'
            when guarded_remove_count > max_remove_share * present_count then 'removal_share'
        end as guard_code,
        case
            when is_retired then null
            when is_segment_held then 'segment_size'
            when add_count <= approved_count then null
            when is_size_unexpected then 'audience_size'
            when
                present_count > 0
                and add_count > {{ var('sync_small_change_members') }}
                and add_count > max_add_share * present_count
                then 'addition_share'
        end as add_guard_code,
        desired_count,
        eligible_count,
        present_count,
        add_count,
        update_count,
        remove_count,
        guarded_remove_count,
        cast(approved_count as bigint) as approved_count
    from sized

)

select * from final
