with

registered as (

    {%- for segment_name in var('cdp_segments') %}
    {{ 'union all' if not loop.first }}
    select '{{ segment_name }}' as segment_name
    {%- endfor %}

),

members as (

    select * from {{ ref('segment_members') }}

),

profiles as (

    select * from {{ ref('profiles') }}

),

counted as (

    select
        members.segment_name,
        count(*) as member_count,
        sum(case when profiles.is_email_marketing_permitted then 1 else 0 end) as contactable_count
    from members
    inner join profiles on members.profile_id = profiles.profile_id
    group by members.segment_name

),

final as (

    select
        registered.segment_name,
        cast(coalesce(counted.member_count, 0) as bigint) as member_count,
        cast(coalesce(counted.contactable_count, 0) as bigint) as contactable_count
    from registered
    left join counted on registered.segment_name = counted.segment_name

)

select * from final
