with

sync_state as (

    select * from {{ ref('sync_state') }}
    where status_code <> 'removed'

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

final as (

    select
        sync_state.sync_name,
        sync_state.audience_name,
        count(*) as member_count,
        max(sync_state.last_confirmed_at) as last_confirmed_at
    from sync_state
    left join sync_catalog
        on
            sync_state.sync_name = sync_catalog.sync_name
            and sync_state.audience_name = sync_catalog.audience_name
    where sync_catalog.sync_name is null
    group by sync_state.sync_name, sync_state.audience_name

)

select * from final
