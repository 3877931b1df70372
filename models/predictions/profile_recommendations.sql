with

baskets as (

    select * from {{ ref('int_predictions__baskets') }}

),

views as (

    select * from {{ ref('int_predictions__views') }}

),

pairs as (

    select * from {{ ref('product_recommendations') }}

),

recommendable as (

    select * from {{ ref('recommendable_products') }}
    where is_recommendable

),

bought as (

    select
        profile_id,
        product_id,
        count(*) as order_count,
        max(order_date) as last_order_date
    from baskets
    group by profile_id, product_id

),

touched as (

    select
        'bought_together' as relation_code,
        profile_id,
        product_id
    from bought
    union all
    select
        'viewed_together' as relation_code,
        profile_id,
        product_id
    from views

),

people as (

    select profile_id
    from touched
    group by profile_id

),

candidates as (

    select
        touched.profile_id,
        pairs.recommended_product_id as product_id,
        sum(pairs.similarity_score) as together_score
    from touched
    inner join pairs
        on
            touched.relation_code = pairs.relation_code
            and touched.product_id = pairs.product_id
    group by touched.profile_id, pairs.recommended_product_id
    union all
    -- What sells fills the list: for visitors with a single look, and when pairs run out.
    select
        people.profile_id,
        recommendable.product_id,
        cast(0 as numeric(18, 6)) as together_score
    from people
    cross join recommendable
    where recommendable.popularity_rank <= {{ var('popular_products') }}

),

new_products as (

    select
        candidates.profile_id,
        candidates.product_id,
        sum(candidates.together_score) as together_score
    from candidates
    left join bought
        on
            candidates.profile_id = bought.profile_id
            and candidates.product_id = bought.product_id
    where bought.profile_id is null
    group by candidates.profile_id, candidates.product_id

),

ranked as (

    select
        'new' as list_code,
        case when new_products.together_score > 0 then 'together' else 'popular' end
            as basis_code,
        new_products.profile_id,
        new_products.product_id,
        new_products.together_score as recommendation_score,
        row_number() over (
            partition by new_products.profile_id
            order by new_products.together_score desc, recommendable.popularity_rank asc
        ) as place
    from new_products
    inner join recommendable on new_products.product_id = recommendable.product_id
    union all
    select
        'again' as list_code,
        'bought_before' as basis_code,
        bought.profile_id,
        bought.product_id,
        cast(bought.order_count as numeric(18, 6)) as recommendation_score,
        row_number() over (
            partition by bought.profile_id
            order by bought.order_count desc, bought.last_order_date desc, bought.product_id asc
        ) as place
    from bought
    inner join recommendable on bought.product_id = recommendable.product_id

),

final as (

    select
        profile_id,
        cast(list_code as varchar) as list_code,
        cast(place as integer) as recommendation_number,
        product_id,
        cast(basis_code as varchar) as basis_code,
        cast(recommendation_score as numeric(18, 6)) as recommendation_score
    from ranked
    where place <= {{ var('recommendations_per_person') }}

)

select * from final
