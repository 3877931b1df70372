{{ config(materialized='view') }}
-- Pairs of records taken without looking at what they say: how often do strangers agree? Read by
-- training alone. Records stand in the order of a hash and are taken by the handful, so large that
-- all pairs within one are match_sample_pairs pairs together, or all there are.
with

records as (

    select * from {{ ref('int_identity__match_records') }}

),

nicknames as (

    {{ cdp.nickname_pairs() }}

),

placed as (

    select
        cluster_id,
        record_count,
        row_number() over (order by md5(record_key), record_key) - 1 as place
    from records

),

handfuls as (

    select
        cluster_id,
        place,
        place - place % cast(
            ceil(2.0 * {{ var('match_sample_pairs') }} / record_count) + 1 as bigint
        ) as handful
    from placed

),

pairs as (

    select
        near_end.cluster_id as near_id,
        far_end.cluster_id as far_id
    from handfuls as near_end
    inner join handfuls as far_end
        on
            near_end.handful = far_end.handful
            and near_end.place < far_end.place

),

final as (

    {{ cdp.match_levels('pairs', 'records', 'nicknames') }}

)

select * from final
