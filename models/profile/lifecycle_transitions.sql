-- A buyer's stages follow from the purchases alone: new at the first, active at each later one,
-- lapsing and lapsed after so many days of silence. So the past is always told in the same way.
with

orders as (

    select * from {{ ref('orders') }} as orders
    where {{ cdp.is_purchase('orders', cdp.as_of()) }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

-- distinct: two receipts of one moment are one step
purchases as (

    select distinct
        identity_map.profile_id,
        orders.ordered_at
    from orders
    inner join identity_map on orders.identifier_key = identity_map.identifier_key

),

sequenced as (

    select
        profile_id,
        ordered_at,
        row_number() over (partition by profile_id order by ordered_at asc) as purchase_number,
        lead(ordered_at) over (partition by profile_id order by ordered_at asc) as next_ordered_at
    from purchases

),

stages as (

    select
        profile_id,
        cast(case when purchase_number = 1 then 'new' else 'active' end as varchar) as stage_code,
        ordered_at as entered_at
    from sequenced

    {%- for stage in ['lapsing', 'lapsed'] %}

    union all

    select
        profile_id,
        cast('{{ stage }}' as varchar) as stage_code,
        ordered_at + interval '{{ var(stage ~ "_after_days") }} days' as entered_at
    from sequenced
    where
        ordered_at <= {{ cdp.days_ago(stage ~ '_after_days') }}
        and (
            next_ordered_at is null
            or next_ordered_at > ordered_at + interval '{{ var(stage ~ "_after_days") }} days'
        )
    {%- endfor %}

),

compared as (

    select
        profile_id,
        stage_code,
        entered_at,
        lag(stage_code) over (
            partition by profile_id
            order by entered_at asc, {{ cdp.binary_order('stage_code') }} asc
        ) as previous_stage_code
    from stages

),

changes as (

    select *
    from compared
    where coalesce(previous_stage_code, '') <> stage_code

),

final as (

    select
        profile_id,
        cast(row_number() over (
            partition by profile_id
            order by entered_at asc, {{ cdp.binary_order('stage_code') }} asc
        ) as integer) as transition_number,
        previous_stage_code,
        stage_code,
        entered_at,
        lead(entered_at) over (
            partition by profile_id
            order by entered_at asc, {{ cdp.binary_order('stage_code') }} asc
        ) as left_at
    from changes

)

select * from final
