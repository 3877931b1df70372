with

candidates as (

    select * from {{ ref('int_profile__trait_candidates') }}

),

counted as (

    select
        profile_id,
        trait_name,
        count(distinct trait_value) as value_count
    from candidates
    group by profile_id, trait_name

),

final as (

    select
        candidates.profile_id,
        candidates.trait_name,
        candidates.trait_value,
        candidates.rule_code,
        candidates.source_name,
        candidates.record_key,
        cast(counted.value_count as integer) as value_count,
        candidates.observed_at
    from candidates
    inner join counted
        on
            candidates.profile_id = counted.profile_id
            and candidates.trait_name = counted.trait_name
    where candidates.place = 1

)

select * from final
