with

counted as (

    select * from {{ ref('int_predictions__pairs') }}

),

recommendable as (

    select * from {{ ref('recommendable_products') }}

),

pairs_last as (

    select
        relation_code,
        profile_id,
        product_id
    from counted
    where profile_id <> ''

),

pairs_halves as (

    select
        relation_code,
        product_id,
        other_product_id,
        people_count
    from counted
    where
        profile_id = ''
        and people_count >= {{ var('pair_people_min') }}

),

{{ cdp.pair_scores('pairs', 'relation_code') }},

allowed as (

    select
        pairs.*,
        row_number() over (
            partition by pairs.relation_code, pairs.product_id
            order by pairs.similarity desc, pairs.other_product_id asc
        ) as place
    from pairs
    inner join recommendable on pairs.other_product_id = recommendable.product_id
    where recommendable.is_recommendable

),

final as (

    select
        cast(relation_code as varchar) as relation_code,
        product_id,
        cast(place as integer) as recommendation_number,
        other_product_id as recommended_product_id,
        cast(people_count as integer) as people_count,
        similarity as similarity_score,
        lift as lift_share
    from allowed
    where place <= {{ var('recommendations_per_product') }}

)

select * from final
