-- The past month asked again: lists made of what was bought before it, against what people then
-- bought for the first time. Pairs against popularity, on the same people.
with

baskets as (

    select * from {{ ref('int_predictions__baskets') }}

),

split as (

    select
        cast({{ cdp.days_ago('recommendations_judged_days') }} as date) as split_date,
        cast({{ cdp.days_ago('popular_within_days') }} as date) as popular_from_date

),

bought as (

    select
        baskets.profile_id,
        baskets.product_id,
        baskets.order_date as touched_date
    from baskets
    -- One row: the day that parts the past from what is to be guessed.
    cross join split
    where baskets.order_date < split.split_date

),

{{ cdp.product_pairs('pairs', 'bought') }},

popularity as (

    select
        product_id,
        row_number() over (order by count(*) desc, product_id asc) as popularity_rank
    from pairs_last
    group by product_id

),

new_purchases as (

    select
        baskets.profile_id,
        baskets.product_id
    from baskets
    -- One row.
    cross join split
    left join bought
        on
            baskets.profile_id = bought.profile_id
            and baskets.product_id = bought.product_id
    where baskets.order_date >= split.split_date and bought.profile_id is null
    group by baskets.profile_id, baskets.product_id

),

people as (

    select
        new_purchases.profile_id,
        count(*) as wanted_count
    from new_purchases
    where new_purchases.profile_id in (select bought.profile_id from bought)
    group by new_purchases.profile_id

),

candidates as (

    select
        people.profile_id,
        pairs.other_product_id as product_id,
        pairs.similarity as together_score
    from people
    inner join pairs_last on people.profile_id = pairs_last.profile_id
    inner join pairs on pairs_last.product_id = pairs.product_id
    union all
    select
        people.profile_id,
        popularity.product_id,
        cast(0 as numeric(18, 6)) as together_score
    from people
    cross join popularity
    where popularity.popularity_rank <= {{ var('popular_products') }}

),

scored as (

    select
        candidates.profile_id,
        candidates.product_id,
        sum(candidates.together_score) as together_score,
        min(popularity.popularity_rank) as popularity_rank
    from candidates
    inner join popularity on candidates.product_id = popularity.product_id
    left join bought
        on
            candidates.profile_id = bought.profile_id
            and candidates.product_id = bought.product_id
    where bought.profile_id is null
    group by candidates.profile_id, candidates.product_id

),

lists as (

    select
        'together' as basis_code,
        profile_id,
        product_id,
        row_number() over (
            partition by profile_id
            order by together_score desc, popularity_rank asc
        ) as place
    from scored
    union all
    select
        'popular' as basis_code,
        profile_id,
        product_id,
        row_number() over (partition by profile_id order by popularity_rank) as place
    from scored

),

judged as (

    select
        lists.basis_code,
        lists.profile_id,
        max(people.wanted_count) as wanted_count,
        sum(case when new_purchases.product_id is null then 0 else 1 end) as hit_count,
        sum(
            case when new_purchases.product_id is null then 0 else ln(2) / ln(lists.place + 1) end
        ) as gain
    from lists
    inner join people on lists.profile_id = people.profile_id
    left join new_purchases
        on
            lists.profile_id = new_purchases.profile_id
            and lists.product_id = new_purchases.product_id
    where lists.place <= {{ var('recommendations_per_person') }}
    group by lists.basis_code, lists.profile_id

),

-- The best a list could gain, by how many products it had to find.
places as (

    select
        place,
        sum(ln(2) / ln(place + 1)) over (order by place) as ideal_gain
    from (
        select popularity_rank as place
        from popularity
        where popularity_rank <= {{ var('recommendations_per_person') }}
    ) as numbered

),

sold as (

    select count(*) as sold_count
    from popularity

),

covered as (

    select
        lists.basis_code,
        count(distinct lists.product_id) as product_count,
        max(sold.sold_count) as sold_count
    from lists
    -- One row: how many products sold at all.
    cross join sold
    where lists.place <= {{ var('recommendations_per_person') }}
    group by lists.basis_code

),

final as (

    select
        cast(judged.basis_code as varchar) as basis_code,
        cast(count(*) as bigint) as people_count,
        cast(avg(case when judged.hit_count > 0 then 1.0 else 0.0 end) as numeric(18, 6))
            as hit_rate,
        cast(avg(judged.gain / places.ideal_gain) as numeric(18, 6)) as ndcg,
        cast(
            cast(max(covered.product_count) as double precision)
            / max(covered.sold_count) as numeric(18, 6)
        ) as coverage_rate
    from judged
    inner join places
        on places.place = least(judged.wanted_count, {{ var('recommendations_per_person') }})
    inner join covered on judged.basis_code = covered.basis_code
    group by judged.basis_code

)

select * from final
