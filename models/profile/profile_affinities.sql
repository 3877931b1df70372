{{ config(
    pre_hook="{{ cdp.join_sides_as_written(true, when_rebuilt=true) }}",
    post_hook="{{ cdp.join_sides_as_written(false, when_rebuilt=true) }}",
) }}
-- What somebody viewed, put in the cart and bought, per category, brand, price band and attribute
-- of the products. A score is the share of the weighted evidence, shrunk towards everybody's share
-- by a few prior points: one view is no passion. Long, since people and values go by numbers: half
-- the time of texts, and less memory.
with

facets as (

    {{ cdp.days_before('event_facet_days', cdp.as_of()) }}

),

lines as (

    select * from {{ ref('purchase_lines') }}

),

products as (

    select * from {{ ref('int_profile__products_chosen') }}

),

-- distinct: several systems may say the same of a product
attributes as (

    select distinct
        product_id,
        attribute_name || ': ' || attribute_value as attribute_text
    from {{ ref('product_attributes') }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

people as (

    select
        profile_id,
        cast(row_number() over (order by profile_id) as integer) as person_number
    from (
        select profile_id
        from identity_map
        group by profile_id
    ) as everyone

),

owners as (

    select
        identity_map.identifier_key,
        people.person_number
    from identity_map
    inner join people on identity_map.profile_id = people.profile_id

),

product_values as (

    {%- for dimension, column in {
        'category': 'category_name', 'brand': 'brand_name', 'price_band': 'price_band_code',
    }.items() %}
    select
        product_id,
        cast('{{ dimension }}' as varchar) as dimension_code,
        {{ column }} as affinity_value
    from products
    where {{ column }} is not null
    union all
    {%- endfor %}
    select
        product_id,
        cast('attribute' as varchar) as dimension_code,
        attribute_text as affinity_value
    from attributes

),

numbered_values as (

    select
        dimension_code,
        affinity_value,
        cast(row_number() over (order by dimension_code, affinity_value) as integer)
            as value_number
    from (
        select
            dimension_code,
            affinity_value
        from product_values
        group by dimension_code, affinity_value
    ) as different_values

),

products_valued as (

    select
        product_values.product_id,
        numbered_values.value_number
    from product_values
    inner join numbered_values
        on
            product_values.dimension_code = numbered_values.dimension_code
            and product_values.affinity_value = numbered_values.affinity_value

),

evidence as (

    select
        identifier_key,
        facet_value as product_id,
        event_count as evidence_count,
        event_count + add_to_cart_count * ({{ var('affinity_cart_weight') }} - 1) as weight
    from facets
    where facet_code = 'product'

    union all

    select
        identifier_key,
        product_id,
        1 as evidence_count,
        {{ var('affinity_purchase_weight') }} as weight
    from lines

),

valued as (

    select
        owners.person_number,
        products_valued.value_number,
        sum(evidence.evidence_count) as evidence_count,
        sum(evidence.weight) as weight
    from evidence
    inner join owners on evidence.identifier_key = owners.identifier_key
    inner join products_valued on evidence.product_id = products_valued.product_id
    group by owners.person_number, products_valued.value_number

),

-- Everybody's weights are few: they are joined, since a window would sort everybody's rows.
everybody as (

    select
        summed.value_number,
        numbered_values.dimension_code,
        numbered_values.affinity_value,
        summed.value_weight,
        sum(summed.value_weight) over (partition by numbered_values.dimension_code)
            as total_weight
    from (
        select
            value_number,
            sum(weight) as value_weight
        from valued
        group by value_number
    ) as summed
    inner join numbered_values on summed.value_number = numbered_values.value_number

),

weighed as (

    select
        valued.*,
        everybody.dimension_code,
        everybody.affinity_value,
        sum(valued.weight) over (partition by valued.person_number, everybody.dimension_code)
            as person_weight,
        everybody.value_weight,
        everybody.total_weight
    from valued
    inner join everybody on valued.value_number = everybody.value_number

),

scored as (

    select
        people.profile_id,
        weighed.person_number,
        weighed.dimension_code,
        weighed.affinity_value,
        cast(weighed.evidence_count as integer) as evidence_count,
        {{ cdp.ratio(
            'weighed.weight + ' ~ var('affinity_prior_weight')
            ~ ' * (cast(weighed.value_weight as double precision) / weighed.total_weight)',
            '(weighed.person_weight + ' ~ var('affinity_prior_weight') ~ ')',
        ) }} as affinity_score
    from weighed
    inner join people on weighed.person_number = people.person_number

),

final as (

    select
        profile_id,
        dimension_code,
        affinity_value,
        evidence_count,
        affinity_score,
        cast(row_number() over (
            partition by person_number, dimension_code
            order by
                affinity_score desc,
                evidence_count desc,
                {{ cdp.binary_order('affinity_value') }} asc
        ) as integer) as affinity_rank
    from scored

)

select * from final
