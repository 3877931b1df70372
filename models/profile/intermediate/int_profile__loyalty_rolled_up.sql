with

movements as (

    select * from {{ ref('loyalty_events') }}
    where occurred_at <= {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

owned as (

    select
        identity_map.profile_id,
        movements.points,
        movements.tier_code,
        row_number() over (
            partition by identity_map.profile_id
            order by
                case when movements.tier_code is null then 1 else 0 end asc,
                movements.occurred_at desc,
                movements.source_name asc,
                {{ cdp.binary_order('movements.record_key') }} asc
        ) as tier_number
    from movements
    inner join identity_map on movements.identifier_key = identity_map.identifier_key

),

final as (

    select
        profile_id,
        cast(sum(points) as integer) as loyalty_points,
        max(case when tier_number = 1 then tier_code end) as loyalty_tier_code
    from owned
    group by profile_id

)

select * from final
