with

bought as (

    select
        profile_id,
        product_id,
        order_date as touched_date
    from {{ ref('int_predictions__baskets') }}

),

viewed as (

    select * from {{ ref('int_predictions__views') }}

),

recommendable as (

    select * from {{ ref('recommendable_products') }}

),

{{ cdp.product_pairs('bought_together', 'bought') }},

{{ cdp.product_pairs('viewed_together', 'viewed') }},

pairs as (

    select
        'bought_together' as relation_code,
        product_id,
        other_product_id,
        people_count,
        similarity,
        lift
    from bought_together
    union all
    select
        'viewed_together' as relation_code,
        product_id,
        other_product_id,
        people_count,
        similarity,
        lift
    from viewed_together

),

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
