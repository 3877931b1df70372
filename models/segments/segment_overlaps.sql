with

segment_members as (

    select * from {{ ref('segment_members') }}

),

segment_catalog as (

    select * from {{ ref('segment_catalog') }}

),

shared as (

    select
        ours.segment_name,
        theirs.segment_name as other_segment_name,
        count(*) as shared_count
    from segment_members as ours
    inner join segment_members as theirs
        on
            ours.profile_id = theirs.profile_id
            and ours.segment_name <> theirs.segment_name
    group by ours.segment_name, theirs.segment_name

),

final as (

    select
        ours.segment_name,
        theirs.segment_name as other_segment_name,
        coalesce(shared.shared_count, 0) as shared_count,
        {{ cdp.ratio('coalesce(shared.shared_count, 0)', 'ours.member_count') }}
            as share_of_segment,
        {{ cdp.ratio(
            'coalesce(shared.shared_count, 0)',
            'ours.member_count + theirs.member_count - coalesce(shared.shared_count, 0)',
        ) }} as similarity
    from segment_catalog as ours
    inner join segment_catalog as theirs on ours.segment_name <> theirs.segment_name
    left join shared
        on
            ours.segment_name = shared.segment_name
            and theirs.segment_name = shared.other_segment_name

)

select * from final
