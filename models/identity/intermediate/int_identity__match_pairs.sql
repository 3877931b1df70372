-- Pairs of records that share a block, with how alike they are and what that weighs.
with

records as (

    select * from {{ ref('int_identity__match_records') }}

),

nicknames as (

    {{ cdp.nickname_pairs() }}

),

weights as (

    select * from {{ ref('int_identity__match_weights') }}

),

learnt as (

    {{ cdp.match_weight_columns('weights') }}

),

keyed as (
    {% for block, expression in cdp.match_blocks() %}
    select
        cluster_id,
        record_key,
        '{{ block }}:' || {{ expression }} as block_key
    from records
    where {{ expression }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

sized as (

    select
        *,
        count(*) over (partition by block_key) as block_size
    from keyed

),

blocks as (

    select * from sized
    where block_size between 2 and {{ var('match_block_size') }}

),

pairs as (

    select
        near_end.cluster_id as near_id,
        far_end.cluster_id as far_id
    from blocks as near_end
    inner join blocks as far_end
        on
            near_end.block_key = far_end.block_key
            and near_end.record_key < far_end.record_key
    group by near_end.cluster_id, far_end.cluster_id

),

compared as (

    {{ cdp.match_levels('pairs', 'records', 'nicknames') }}

),

totals as (

    select max(record_count) as record_count
    from records

),

weighed as (

    select
        compared.*,
        learnt.training_number,
        {{ cdp.match_score('compared', 'learnt', 'totals.record_count', 'strangers') }}
            as stranger_weight,
        {{ cdp.match_score('compared', 'learnt', 'totals.record_count', 'household') }}
            as household_weight
    from compared
    -- One row each: what was learnt, and how many records there are.
    cross join learnt
    cross join totals

),

final as (

    select
        *,
        least(stranger_weight, household_weight) as match_weight
    from weighed

)

select * from final
