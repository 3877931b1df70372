with

affinities as (

    select * from {{ ref('profile_affinities') }}

),

final as (

    select
        profile_id,
        {%- for dimension, suffix in {
            'category': 'name', 'brand': 'name', 'price_band': 'code', 'attribute': 'text',
        }.items() %}
        max(case
            when dimension_code = '{{ dimension }}' and affinity_rank = 1 then affinity_value
        end) as top_{{ dimension }}_{{ suffix }},
        max(case
            when dimension_code = '{{ dimension }}' and affinity_rank = 1 then affinity_score
        end) as top_{{ dimension }}_score,
        max(case
            when dimension_code = '{{ dimension }}' and affinity_rank = 1 then evidence_count
        end) as top_{{ dimension }}_evidence_count,
        {%- endfor %}
        max(case
            when dimension_code = 'category' and affinity_rank = 2 then affinity_value
        end) as second_category_name
    from affinities
    group by profile_id

)

select * from final
