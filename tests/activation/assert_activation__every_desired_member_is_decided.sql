-- Each member that a segment wants is refused with a reason, on its way, or there already: nobody
-- gets lost between the models.
with

sync_guards as (

    select * from {{ ref('sync_guards') }}

),

refusals as (

    select
        sync_name,
        audience_name,
        count(*) as refused_count
    from {{ ref('sync_refusals') }}
    group by sync_name, audience_name

),

changes as (

    select
        sync_name,
        audience_name,
        sum(case when operation_code <> 'remove' then 1 else 0 end) as upsert_count,
        sum(case when operation_code = 'remove' then 1 else 0 end) as remove_count
    from {{ ref('sync_plan') }}
    group by sync_name, audience_name

),

final as (

    select
        sync_guards.sync_name,
        sync_guards.audience_name,
        sync_guards.desired_count,
        sync_guards.eligible_count,
        refusals.refused_count,
        changes.upsert_count,
        changes.remove_count
    from sync_guards
    left join refusals
        on
            sync_guards.sync_name = refusals.sync_name
            and sync_guards.audience_name = refusals.audience_name
    left join changes
        on
            sync_guards.sync_name = changes.sync_name
            and sync_guards.audience_name = changes.audience_name
    where
        sync_guards.desired_count
        <> sync_guards.eligible_count + coalesce(refusals.refused_count, 0)
        or sync_guards.add_count + sync_guards.update_count <> coalesce(changes.upsert_count, 0)
        or sync_guards.remove_count <> coalesce(changes.remove_count, 0)

)

select * from final
