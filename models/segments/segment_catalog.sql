with

registered as (

    {{ cdp.segments_listed() }}

),

segment_sizes as (

    select * from {{ ref('segment_sizes') }}
    where measured_on = cast({{ cdp.as_of() }} as date)

),

profiles as (

    select count(*) as profile_count from {{ ref('profiles') }}

),

final as (

    select
        registered.segment_name,
        registered.description,
        registered.owner_email,
        registered.purpose_code,
        registered.kind_code,
        registered.rule_version,
        registered.rule_json,
        registered.file_path,
        coalesce(segment_sizes.is_held, false) as is_held,
        coalesce(segment_sizes.member_count, 0) <= registered.highest_share * profiles.profile_count
        and coalesce(segment_sizes.member_count, 0)
        >= registered.lowest_share * profiles.profile_count as is_size_expected,
        coalesce(segment_sizes.member_count, 0) as member_count,
        coalesce(segment_sizes.contactable_count, 0) as contactable_count,
        {{ cdp.ratio('coalesce(segment_sizes.member_count, 0)', 'profiles.profile_count') }}
            as member_share,
        registered.lowest_share,
        registered.highest_share
    from registered
    left join segment_sizes on registered.segment_name = segment_sizes.segment_name
    cross join profiles

)

select * from final
