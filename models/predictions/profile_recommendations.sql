-- Both lists of a person, ranked by what each has earned: one file, since they share who touched
-- what, what may be shown, and how many are.
with

baskets as (

    select * from {{ ref('int_predictions__baskets') }}
    where {{ cdp.slice_of('profile_id') }}

),

views as (

    select * from {{ ref('int_predictions__views') }}
    where {{ cdp.slice_of('profile_id') }}

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

-- People go by a number from here on, and products by their rank: numbers take half the time of
-- texts, and less memory.
people as (

    select
        profile_id,
        product_count,
        cast(row_number() over (order by profile_id) as integer) as person_number
    from (
        select
            profile_id,
            count(*) as product_count
        from touched
        group by profile_id
    ) as counted

),

evaluation as (

    select * from {{ ref('recommendation_evaluation') }}

),

used as (

    select
        max(
            case when list_code = 'new' and basis_code = 'together' and is_used then 1 else 0 end
        ) as is_together_used,
        max(
            case when list_code = 'again' and basis_code = 'popular' and is_used then 1 else 0 end
        ) as is_popular_used_again
    from evaluation

),

-- A list is full after as many more as the person had: what sells less cannot come into it by what
-- it sells alone.
bestsellers as (

    select *
    from (
        select
            popularity_rank,
            row_number() over (order by popularity_rank) as bestseller_rank
        from recommendable
    ) as numbered
    where bestseller_rank <= {{ var('popular_products') }}

),

-- Pairs count only where they found more than bestsellers did (recommendation_evaluation).
candidates as (

    select
        people.person_number,
        recommendable.popularity_rank,
        pairs.lift_share as lift
    from touched
    inner join pairs
        on
            touched.relation_code = pairs.relation_code
            and touched.product_id = pairs.product_id
    inner join people on touched.profile_id = people.profile_id
    inner join recommendable on pairs.recommended_product_id = recommendable.product_id
    inner join used on used.is_together_used = 1
    union all
    -- What sells fills the list: for visitors with a single look, and when pairs run out.
    select
        people.person_number,
        bestsellers.popularity_rank,
        cast(0 as numeric(18, 6)) as lift
    from people
    inner join bestsellers
        on
            people.product_count + {{ var('recommendations_per_person') }}
            >= bestsellers.bestseller_rank

),

bought_ranked as (

    select
        people.person_number,
        bought.profile_id,
        bought.product_id,
        bought.order_count,
        bought.last_order_date,
        recommendable.popularity_rank,
        recommendable.popularity_share
    from bought
    inner join people on bought.profile_id = people.profile_id
    inner join recommendable on bought.product_id = recommendable.product_id

),

lifted as (

    select
        candidates.person_number,
        candidates.popularity_rank,
        sum(candidates.lift) as lift
    from candidates
    left join bought_ranked
        on
            candidates.person_number = bought_ranked.person_number
            and candidates.popularity_rank = bought_ranked.popularity_rank
    where bought_ranked.person_number is null
    group by candidates.person_number, candidates.popularity_rank

),

scored as (

    select
        lifted.person_number,
        lifted.popularity_rank,
        recommendable.popularity_share,
        cast(cast(lifted.lift as double precision) / people.product_count as numeric(18, 6))
            as mean_lift
    from lifted
    inner join people on lifted.person_number = people.person_number
    inner join recommendable on lifted.popularity_rank = recommendable.popularity_rank

),

new_ranked as (

    select
        person_number,
        popularity_rank,
        mean_lift,
        popularity_share + mean_lift as recommendation_score,
        row_number() over (
            partition by person_number
            order by popularity_share + mean_lift desc, popularity_rank asc
        ) as place
    from scored

),

ranked as (

    select
        'new' as list_code,
        case when new_ranked.mean_lift > 0 then 'together' else 'popular' end as basis_code,
        people.profile_id,
        recommendable.product_id,
        new_ranked.recommendation_score,
        new_ranked.place
    from new_ranked
    inner join people on new_ranked.person_number = people.person_number
    inner join recommendable on new_ranked.popularity_rank = recommendable.popularity_rank
    where new_ranked.place <= {{ var('recommendations_per_person') }}
    union all
    select
        'again' as list_code,
        case when used.is_popular_used_again = 1 then 'popular' else 'bought_before' end
            as basis_code,
        bought_ranked.profile_id,
        bought_ranked.product_id,
        case
            when used.is_popular_used_again = 1 then bought_ranked.popularity_share
            else cast(bought_ranked.order_count as numeric(18, 6))
        end as recommendation_score,
        row_number() over (
            partition by bought_ranked.person_number
            order by
                case when used.is_popular_used_again = 1 then bought_ranked.popularity_rank end asc,
                bought_ranked.order_count desc,
                bought_ranked.last_order_date desc,
                bought_ranked.product_id asc
        ) as place
    from bought_ranked
    -- One row: which way of ranking each list has earned.
    cross join used

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
