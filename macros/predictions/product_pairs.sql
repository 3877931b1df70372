{#-
    Products that the same people touched: the CTEs <name>_last, <name>_sizes and <name>. Similarity is the
    cosine of the two sets of people, shrunk for pairs that few people make. A person counts with
    the last products only (var pair_products_per_person): pairs grow with the square, and those
    of a reseller say little.

    name: of the CTEs. touched: a CTE with profile_id, product_id, touched_date.
    <name> has product_id, other_product_id, people_count, similarity (numeric(18,6): sums of it are
    the same on every engine).
-#}
{% macro product_pairs(name, touched) -%}
{{ name }}_last as (

    select
        profile_id,
        product_id
    from (
        select
            profile_id,
            product_id,
            row_number() over (
                partition by profile_id
                order by max(touched_date) desc, product_id asc
            ) as touched_place
        from {{ touched }}
        group by profile_id, product_id
    ) as touched_ranked
    where touched_place <= {{ var('pair_products_per_person') }}

),

{{ name }}_sizes as (

    select
        product_id,
        cast(count(*) as double precision) as people_count
    from {{ name }}_last
    group by product_id

),

{{ name }} as (

    select
        paired.product_id,
        paired.other_product_id,
        paired.people_count,
        cast(
            paired.people_count
            / sqrt(this_side.people_count * other_side.people_count)
            * paired.people_count
            / (paired.people_count + {{ var('pair_shrinkage') }})
            as numeric(18, 6)
        ) as similarity
    from (
        select
            one_product.product_id,
            another_product.product_id as other_product_id,
            cast(count(*) as double precision) as people_count
        from {{ name }}_last as one_product
        inner join {{ name }}_last as another_product
            on
                one_product.profile_id = another_product.profile_id
                and one_product.product_id <> another_product.product_id
        group by one_product.product_id, another_product.product_id
    ) as paired
    inner join {{ name }}_sizes as this_side on paired.product_id = this_side.product_id
    inner join {{ name }}_sizes as other_side on paired.other_product_id = other_side.product_id

)
{%- endmacro %}
