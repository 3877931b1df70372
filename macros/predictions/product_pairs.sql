{#-
    Products that the same people touched: the CTEs <name>_last, <name>_sizes, <name>_people,
    <name>_halves and <name>. A person counts with the last products only (last_products). A pair
    needs var pair_people_min people: one that a single person made says what that person had, and
    is most of all pairs.

    name: of the CTEs. touched: a CTE with profile_id, product_id, touched_date, and `by`.
    by: column that keeps histories apart (the cut-offs of a back-test).
    <name>: see pair_scores.
-#}
{% macro product_pairs(name, touched, by) -%}
{{ name }}_last as (

    {{ cdp.last_products(touched, by) }}

),

-- Both ways round a pair has the same people: they are counted once.
{{ name }}_halves as (

    {{ cdp.pair_counts(name ~ '_last', by) }}
    having count(*) >= {{ var('pair_people_min') }}

),

{{ cdp.pair_scores(name, by) }}
{%- endmacro %}


{#-
    The last products of each person (var pair_products_per_person), once each: pairs grow with the
    square, and those of a reseller say little. A select of `by`, profile_id, product_id.

    touched, by: as in product_pairs.
-#}
{% macro last_products(touched, by) -%}
    select
        {{ by }},
        profile_id,
        product_id
    from (
        select
            {{ by }},
            profile_id,
            product_id,
            row_number() over (
                partition by {{ by }}, profile_id
                order by max(touched_date) desc, product_id asc
            ) as touched_place
        from {{ touched }}
        group by {{ by }}, profile_id, product_id
    ) as touched_ranked
    where touched_place <= {{ var('pair_products_per_person') }}
{%- endmacro %}


{#-
    How many people have both of two products, of which the first sorts before the other. A select
    of `by`, product_id, other_product_id, people_count, that ends with its group by.

    last: relation as last_products gives it. by: as in product_pairs.
-#}
{% macro pair_counts(last, by) -%}
    select
        one_product.{{ by }},
        one_product.product_id,
        another_product.product_id as other_product_id,
        cast(count(*) as bigint) as people_count
    from {{ last }} as one_product
    inner join {{ last }} as another_product
        on
            one_product.{{ by }} = another_product.{{ by }}
            and one_product.profile_id = another_product.profile_id
            and one_product.product_id < another_product.product_id
    group by
        one_product.{{ by }},
        one_product.product_id,
        another_product.product_id
{%- endmacro %}


{#-
    The CTEs <name>_sizes, <name>_people and <name>, of the CTEs <name>_last and <name>_halves.
    <name> has `by`, product_id, other_product_id, people_count, and as numeric(18,6), so that sums
    are the same on every engine:
    similarity: cosine of the two sets of people, shrunk for pairs that few people make;
    lift: by how much the share of people who touch the other product is higher among those with
    this one than among all, with var pair_prior_people who are like all added to them.

    name, by: as in product_pairs.
-#}
{% macro pair_scores(name, by) -%}
{{ name }}_sizes as (

    select
        {{ by }},
        product_id,
        cast(count(*) as double precision) as people_count
    from {{ name }}_last
    group by {{ by }}, product_id

),

{{ name }}_people as (

    select
        {{ by }},
        cast(count(distinct profile_id) as double precision) as people_count
    from {{ name }}_last
    group by {{ by }}

),

{{ name }} as (

    select
        counted.{{ by }},
        counted.product_id,
        counted.other_product_id,
        counted.people_count,
        cast(
            counted.people_count
            / sqrt(this_side.people_count * other_side.people_count)
            * counted.people_count
            / (counted.people_count + {{ var('pair_shrinkage') }})
            as numeric(18, 6)
        ) as similarity,
        cast(
            (
                counted.people_count
                - this_side.people_count * other_side.people_count / everyone.people_count
            ) / (this_side.people_count + {{ var('pair_prior_people') }})
            as numeric(18, 6)
        ) as lift
    from (
        select
            {{ by }},
            product_id,
            other_product_id,
            cast(people_count as double precision) as people_count
        from {{ name }}_halves

        union all

        select
            {{ by }},
            other_product_id as product_id,
            product_id as other_product_id,
            cast(people_count as double precision) as people_count
        from {{ name }}_halves
    ) as counted
    inner join {{ name }}_sizes as this_side
        on
            counted.product_id = this_side.product_id
            and counted.{{ by }} = this_side.{{ by }}
    inner join {{ name }}_sizes as other_side
        on
            counted.other_product_id = other_side.product_id
            and counted.{{ by }} = other_side.{{ by }}
    inner join {{ name }}_people as everyone on counted.{{ by }} = everyone.{{ by }}

)
{%- endmacro %}
