{{ config(
    pre_hook="{{ cdp.join_sides_as_written(true) }}",
    post_hook="{{ cdp.join_sides_as_written(false) }}",
) }}
-- Who has which products, and how many people have two: both in one table, so that a run changes
-- them together, and what it adds or takes away is right also after one that failed. Only those
-- people are counted whose products differ from what the table has, with what they had and with
-- what they have: late, corrected and deleted rows and merged people are all no more than that.
with

touched as (

    select
        cast('bought_together' as varchar) as relation_code,
        profile_id,
        product_id,
        order_date as touched_date
    from {{ ref('int_predictions__baskets') }}
    union all
    select
        cast('viewed_together' as varchar) as relation_code,
        profile_id,
        product_id,
        touched_date
    from {{ ref('int_predictions__views') }}

),

present as (

    {{ cdp.last_products('touched', 'relation_code') }}

),

{% if is_incremental() %}
known as (

    select
        relation_code,
        profile_id,
        product_id
    from {{ this }}
    where profile_id <> ''

),

differing as (

    select
        relation_code,
        profile_id,
        product_id,
        sum(sign_number) as sign_number
    from (
        select
            relation_code,
            profile_id,
            product_id,
            1 as sign_number
        from present
        union all
        select
            relation_code,
            profile_id,
            product_id,
            -1 as sign_number
        from known
    ) as both_sides
    group by relation_code, profile_id, product_id
    having sum(sign_number) <> 0

),

changed_people as (

    select
        relation_code,
        profile_id
    from differing
    group by relation_code, profile_id

),

{% for side in ['present', 'known'] %}
{{ side }}_of_changed as (

    select {{ side }}.*
    from {{ side }}
    inner join changed_people
        on
            {{ side }}.relation_code = changed_people.relation_code
            and {{ side }}.profile_id = changed_people.profile_id

),

pairs_{{ side }} as (

    {{ cdp.pair_counts(side ~ '_of_changed', 'relation_code') }}

),
{% endfor %}

moved as (

    select
        relation_code,
        product_id,
        other_product_id,
        sum(people_count) as people_count
    from (
        select * from pairs_present
        union all
        select
            relation_code,
            product_id,
            other_product_id,
            -people_count as people_count
        from pairs_known
    ) as both_sides
    group by relation_code, product_id, other_product_id
    having sum(people_count) <> 0

),

-- Added up, not looked up: of a left join DuckDB would hold all pairs that are known.
counted as (

    select
        relation_code,
        product_id,
        other_product_id,
        sum(people_count) as people_count
    from (
        select * from moved
        union all
        select
            before.relation_code,
            before.product_id,
            before.other_product_id,
            before.people_count
        from {{ this }} as before
        inner join moved
            on
                before.relation_code = moved.relation_code
                and before.product_id = moved.product_id
                and before.other_product_id = moved.other_product_id
        where before.profile_id = ''
    ) as before_and_moved
    group by relation_code, product_id, other_product_id

),
{% else %}
differing as (

    select
        relation_code,
        profile_id,
        product_id,
        1 as sign_number
    from present

),

counted as (

    {{ cdp.pair_counts('present', 'relation_code') }}

),
{% endif %}

final as (

    select
        relation_code,
        profile_id,
        product_id,
        cast('' as varchar) as other_product_id,
        cast(1 as bigint) as people_count,
        sign_number < 0 as is_gone
    from differing
    union all
    select
        relation_code,
        cast('' as varchar) as profile_id,
        product_id,
        other_product_id,
        cast(people_count as bigint) as people_count,
        people_count = 0 as is_gone
    from counted

)

select * from final
