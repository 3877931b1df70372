with

profiles as (

    select * from {{ ref('profiles') }}

),

final as (

    select
        profile_id,
        {{ cdp.json_object(['order_count', 'last_ordered_at']) }} as evidence_json
    from profiles
    where
        lifecycle_stage_code = 'lapsed'

)

select * from final
