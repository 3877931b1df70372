-- Two months asked again: lists made of what was bought before each, against what people then
-- bought. The older month decides which way of ranking is used, the newer one says how good it is,
-- so that no list is judged by the purchases it was chosen on.
with

baskets as (

    select * from {{ ref('int_predictions__baskets') }}

),

recommendable as (

    select * from {{ ref('recommendable_products') }}

),

splits as (

    select
        days_before,
        cast({{ cdp.as_of() }} as date) - days_before as split_date
    from (
        select cast({{ var('recommendations_judged_days') }} as integer) as days_before
        union all
        select cast({{ 2 * var('recommendations_judged_days') }} as integer) as days_before
    ) as numbered

),

past as (

    select
        splits.days_before,
        splits.split_date,
        baskets.profile_id,
        baskets.product_id,
        baskets.order_date as touched_date
    from baskets
    inner join splits on baskets.order_date < splits.split_date

),

{{ cdp.product_pairs('pairs', 'past', by='days_before') }},

ranked_pairs as (

    select
        *,
        row_number() over (
            partition by days_before, product_id
            order by similarity desc, other_product_id asc
        ) as pair_place
    from pairs

),

bought as (

    select
        days_before,
        profile_id,
        product_id,
        count(*) as order_count,
        max(touched_date) as last_order_date
    from past
    group by days_before, profile_id, product_id

),

recent_buyers as (

    select
        days_before,
        count(distinct profile_id) as buyer_count
    from past
    where touched_date >= split_date - {{ var('popular_within_days') }}
    group by days_before

),

sold as (

    select
        days_before,
        product_id,
        count(
            distinct case
                when touched_date >= split_date - {{ var('popular_within_days') }} then profile_id
            end
        ) as buyer_count
    from past
    group by days_before, product_id

),

popularity as (

    select
        sold.days_before,
        sold.product_id,
        coalesce(
            cast(
                cast(sold.buyer_count as double precision) / recent_buyers.buyer_count
                as numeric(18, 6)
            ),
            0
        ) as popularity_share,
        row_number() over (
            partition by sold.days_before
            order by sold.buyer_count desc, sold.product_id asc
        ) as popularity_rank
    from sold
    left join recent_buyers on sold.days_before = recent_buyers.days_before

),

-- What was there to be found: in the new list what they had not had, in the other what they had.
wanted as (

    select
        splits.days_before,
        case when bought.profile_id is null then 'new' else 'again' end as list_code,
        baskets.profile_id,
        baskets.product_id
    from baskets
    inner join splits
        on
            baskets.order_date >= splits.split_date
            and baskets.order_date
            < splits.split_date + {{ var('recommendations_judged_days') }}
    left join bought
        on
            splits.days_before = bought.days_before
            and baskets.profile_id = bought.profile_id
            and baskets.product_id = bought.product_id
    group by
        splits.days_before,
        case when bought.profile_id is null then 'new' else 'again' end,
        baskets.profile_id,
        baskets.product_id

),

histories as (

    select
        days_before,
        profile_id,
        count(*) as product_count
    from pairs_last
    group by days_before, profile_id

),

-- An interval of so many people is narrow, and lists of everybody are more rows than there are.
people as (

    select
        days_before,
        list_code,
        profile_id,
        product_count,
        wanted_count
    from (
        select
            wanted.days_before,
            wanted.list_code,
            wanted.profile_id,
            histories.product_count,
            count(*) as wanted_count,
            row_number() over (
                partition by wanted.days_before, wanted.list_code
                order by md5(wanted.profile_id) asc, wanted.profile_id asc
            ) as drawn_place
        from wanted
        inner join histories
            on
                wanted.days_before = histories.days_before
                and wanted.profile_id = histories.profile_id
        group by
            wanted.days_before,
            wanted.list_code,
            wanted.profile_id,
            histories.product_count
    ) as drawn
    where drawn_place <= {{ var('recommendations_judged_people') }}

),

candidates as (

    select
        people.days_before,
        people.profile_id,
        ranked_pairs.other_product_id as product_id,
        ranked_pairs.lift,
        people.product_count
    from people
    inner join pairs_last
        on
            people.days_before = pairs_last.days_before
            and people.profile_id = pairs_last.profile_id
    -- A left join, since the planner, which can't count so many CTEs, would otherwise pair all
    -- people with all pairs of products first. What pairs with nothing has no product and is
    -- dropped with the popularity.
    left join ranked_pairs
        on
            pairs_last.days_before = ranked_pairs.days_before
            and pairs_last.product_id = ranked_pairs.product_id
            and ranked_pairs.pair_place <= {{ var('recommendations_per_product') }}
    where people.list_code = 'new'
    union all
    select
        people.days_before,
        people.profile_id,
        popularity.product_id,
        cast(0 as numeric(18, 6)) as lift,
        people.product_count
    from people
    inner join popularity on people.days_before = popularity.days_before
    where
        people.list_code = 'new'
        and popularity.popularity_rank <= {{ var('popular_products') }}
        -- as in profile_recommendations
        and popularity.popularity_rank
        <= people.product_count + {{ var('recommendations_per_person') }}

),

lifted as (

    select
        days_before,
        profile_id,
        product_id,
        cast(
            cast(sum(lift) as double precision) / max(product_count) as numeric(18, 6)
        ) as mean_lift
    from candidates
    group by days_before, profile_id, product_id

),

scored as (

    select
        lifted.days_before,
        lifted.profile_id,
        lifted.product_id,
        popularity.popularity_share + lifted.mean_lift as together_score,
        popularity.popularity_rank
    from lifted
    inner join popularity
        on
            lifted.days_before = popularity.days_before
            and lifted.product_id = popularity.product_id
    left join bought
        on
            lifted.days_before = bought.days_before
            and lifted.profile_id = bought.profile_id
            and lifted.product_id = bought.product_id
    where bought.profile_id is null

),

bought_again as (

    select
        bought.days_before,
        bought.profile_id,
        bought.product_id,
        bought.order_count,
        bought.last_order_date,
        popularity.popularity_rank
    from bought
    inner join people
        on
            bought.days_before = people.days_before
            and bought.profile_id = people.profile_id
            and people.list_code = 'again'
    -- A left join for the same reason; every product that was bought has its row.
    left join popularity
        on
            bought.days_before = popularity.days_before
            and bought.product_id = popularity.product_id

),

lists as (

    select
        'new' as list_code,
        'together' as basis_code,
        days_before,
        profile_id,
        product_id,
        row_number() over (
            partition by days_before, profile_id
            order by together_score desc, popularity_rank asc
        ) as place
    from scored
    union all
    select
        'new' as list_code,
        'popular' as basis_code,
        days_before,
        profile_id,
        product_id,
        row_number() over (
            partition by days_before, profile_id
            order by popularity_rank
        ) as place
    from scored
    union all
    select
        'again' as list_code,
        'bought_before' as basis_code,
        days_before,
        profile_id,
        product_id,
        row_number() over (
            partition by days_before, profile_id
            order by order_count desc, last_order_date desc, product_id asc
        ) as place
    from bought_again
    union all
    select
        'again' as list_code,
        'popular' as basis_code,
        days_before,
        profile_id,
        product_id,
        row_number() over (
            partition by days_before, profile_id
            order by popularity_rank
        ) as place
    from bought_again

),

-- The best a list could gain, by how many products it had to find.
places as (

    select
        place,
        sum(ln(2) / ln(place + 1)) over (order by place) as ideal_gain
    from (
        -- As many numbers as the catalogue gives.
        select popularity_rank as place
        from recommendable
        where popularity_rank <= {{ var('recommendations_per_person') }}
    ) as numbered

),

judged as (

    select
        lists.days_before,
        lists.list_code,
        lists.basis_code,
        lists.profile_id,
        max(case when wanted.product_id is null then 0 else 1 end) as is_hit,
        coalesce(
            sum(case when wanted.product_id is not null then ln(2) / ln(lists.place + 1) end)
            / max(places.ideal_gain),
            0
        ) as ndcg
    from lists
    inner join people
        on
            lists.days_before = people.days_before
            and lists.list_code = people.list_code
            and lists.profile_id = people.profile_id
    inner join places
        on places.place = least(people.wanted_count, {{ var('recommendations_per_person') }})
    left join wanted
        on
            lists.days_before = wanted.days_before
            and lists.list_code = wanted.list_code
            and lists.profile_id = wanted.profile_id
            and lists.product_id = wanted.product_id
    where lists.place <= {{ var('recommendations_per_person') }}
    group by lists.days_before, lists.list_code, lists.basis_code, lists.profile_id

),

-- The plain way of each list: what sells, and for what they had what they had most often.
against_plain as (

    select
        judged.*,
        case
            when judged.basis_code <> plain_way.basis_code then judged.ndcg - plain_way.ndcg
        end as gain
    from judged
    inner join judged as plain_way
        on
            judged.days_before = plain_way.days_before
            and judged.list_code = plain_way.list_code
            and judged.profile_id = plain_way.profile_id
            and plain_way.basis_code = case
                when plain_way.list_code = 'new' then 'popular'
                else 'bought_before'
            end

),

covered as (

    select
        days_before,
        list_code,
        basis_code,
        count(distinct product_id) as product_count
    from lists
    where place <= {{ var('recommendations_per_person') }}
    group by days_before, list_code, basis_code

),

summed as (

    select
        days_before,
        list_code,
        basis_code,
        count(*) as people_count,
        cast(avg(cast(is_hit as double precision)) as numeric(18, 6)) as hit_rate,
        cast(avg(ndcg) as numeric(18, 6)) as ndcg,
        cast(avg(gain) as numeric(18, 6)) as gain,
        -- Lower end of the 95 % interval of a paired mean.
        cast(
            avg(gain) - 1.96 * stddev_samp(gain) / sqrt(cast(count(*) as double precision))
            as numeric(18, 6)
        ) as gain_low
    from against_plain
    group by days_before, list_code, basis_code

),

sizes as (

    select
        days_before,
        count(*) as product_count
    from popularity
    group by days_before

),

chosen as (

    select
        list_code,
        -- Of fewer people the interval is not one of 95 %.
        max(case when gain_low > 0 and people_count >= 30 then 1 else 0 end)
            as is_challenger_better
    from summed
    where days_before = {{ 2 * var('recommendations_judged_days') }}
    group by list_code

),

final as (

    select
        cast(summed.list_code as varchar) as list_code,
        cast(summed.basis_code as varchar) as basis_code,
        cast(
            case
                when summed.days_before = {{ var('recommendations_judged_days') }} then 'judged'
                else 'chosen'
            end as varchar
        ) as month_code,
        coalesce(chosen.is_challenger_better, 0)
        = case when summed.gain is null then 0 else 1 end as is_used,
        cast(summed.people_count as bigint) as people_count,
        summed.hit_rate,
        summed.ndcg,
        summed.gain_low,
        cast(
            cast(covered.product_count as double precision) / sizes.product_count
            as numeric(18, 6)
        ) as coverage_rate
    from summed
    inner join covered
        on
            summed.days_before = covered.days_before
            and summed.list_code = covered.list_code
            and summed.basis_code = covered.basis_code
    inner join sizes on summed.days_before = sizes.days_before
    left join chosen on summed.list_code = chosen.list_code

)

select * from final
