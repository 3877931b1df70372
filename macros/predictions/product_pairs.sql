{#-
    Products that the same people touched: the CTEs <name>_last, <name>_sizes, <name>_people,
    <name>_halves and <name>. A person counts with the last products only (var
    pair_products_per_person): pairs grow with the square, and those of a reseller say little. A pair
    needs var pair_people_min people: one that a single person made says what that person had, and is
    most of all pairs.

    name: of the CTEs. touched: a CTE with profile_id, product_id, touched_date, and `by`.
    by: column that keeps histories apart (the cut-offs of a back-test), or none.
    <name> has `by`, product_id, other_product_id, people_count, and as numeric(18,6), so that sums
    are the same on every engine:
    similarity: cosine of the two sets of people, shrunk for pairs that few people make;
    lift: by how much the share of people who touch the other product is higher among those with
    this one than among all, with var pair_prior_people who are like all added to them.
-#}
{% macro product_pairs(name, touched, by=none) -%}
{%- set by_column = by ~ ', ' if by else '' -%}
{{ name }}_last as (

    select
        {{ by_column }}profile_id,
        product_id
    from (
        select
            {{ by_column }}profile_id,
            product_id,
            row_number() over (
                partition by {{ by_column }}profile_id
                order by max(touched_date) desc, product_id asc
            ) as touched_place
        from {{ touched }}
        group by {{ by_column }}profile_id, product_id
    ) as touched_ranked
    where touched_place <= {{ var('pair_products_per_person') }}

),

{{ name }}_sizes as (

    select
        {{ by_column }}product_id,
        cast(count(*) as double precision) as people_count
    from {{ name }}_last
    group by {{ by_column }}product_id

),

{{ name }}_people as (

    select
        {{ by_column }}cast(count(distinct profile_id) as double precision) as people_count
    from {{ name }}_last
    {{ 'group by ' ~ by if by }}

),

-- Both ways round a pair has the same people: they are counted once.
{{ name }}_halves as (

    select
        {{ 'one_product.' ~ by_column if by }}one_product.product_id,
        another_product.product_id as other_product_id,
        cast(count(*) as double precision) as people_count
    from {{ name }}_last as one_product
    inner join {{ name }}_last as another_product
        on
            one_product.profile_id = another_product.profile_id
            and one_product.product_id < another_product.product_id
            {%- if by %}
            and one_product.{{ by }} = another_product.{{ by }}
            {%- endif %}
    group by
        {{ 'one_product.' ~ by_column if by }}one_product.product_id,
        another_product.product_id
    having count(*) >= {{ var('pair_people_min') }}

),

{{ name }} as (

    select
        {{ 'counted.' ~ by_column if by }}counted.product_id,
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
            {{ by_column }}product_id,
            other_product_id,
            people_count
        from {{ name }}_halves

        union all

        select
            {{ by_column }}other_product_id as product_id,
            product_id as other_product_id,
            people_count
        from {{ name }}_halves
    ) as counted
    inner join {{ name }}_sizes as this_side
        on
            counted.product_id = this_side.product_id
            {%- if by %}
            and counted.{{ by }} = this_side.{{ by }}
            {%- endif %}
    inner join {{ name }}_sizes as other_side
        on
            counted.other_product_id = other_side.product_id
            {%- if by %}
            and counted.{{ by }} = other_side.{{ by }}
            {%- endif %}
    {%- if by %}
    inner join {{ name }}_people as everyone on counted.{{ by }} = everyone.{{ by }}
    {%- else %}
    -- One row.
    cross join {{ name }}_people as everyone
    {%- endif %}

)
{%- endmacro %}
