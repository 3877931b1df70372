-- What somebody viewed, put in the cart and bought, per category, brand, price band and attribute
-- of the products. A score is the share of the weighted evidence, shrunk towards everybody's share
-- by a few prior points: one view is no passion.
with

facets as (

    {{ cdp.days_before('event_facet_days', cdp.as_of()) }}

),

shown_products as (

    select * from facets
    where facet_code = 'product'

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

shown as (

    select
        identity_map.profile_id,
        shown_products.facet_value as product_id,
        sum(shown_products.event_count) as evidence_count,
        sum(
            shown_products.event_count
            + shown_products.add_to_cart_count * ({{ var('affinity_cart_weight') }} - 1)
        ) as weight
    from shown_products
    inner join identity_map on shown_products.identifier_key = identity_map.identifier_key
    group by identity_map.profile_id, shown_products.facet_value

    union all

    select
        identity_map.profile_id,
        lines.product_id,
        count(*) as evidence_count,
        count(*) * {{ var('affinity_purchase_weight') }} as weight
    from lines
    inner join identity_map on lines.identifier_key = identity_map.identifier_key
    group by identity_map.profile_id, lines.product_id

),

valued as (

    {%- for dimension, column in {
        'category': 'category_name', 'brand': 'brand_name', 'price_band': 'price_band_code',
    }.items() %}
    {{ 'union all' if not loop.first }}
    select
        shown.profile_id,
        cast('{{ dimension }}' as varchar) as dimension_code,
        products.{{ column }} as affinity_value,
        sum(shown.evidence_count) as evidence_count,
        sum(shown.weight) as weight
    from shown
    inner join products on shown.product_id = products.product_id
    where products.{{ column }} is not null
    group by shown.profile_id, products.{{ column }}
    {%- endfor %}

    union all

    select
        shown.profile_id,
        cast('attribute' as varchar) as dimension_code,
        attributes.attribute_text as affinity_value,
        sum(shown.evidence_count) as evidence_count,
        sum(shown.weight) as weight
    from shown
    inner join attributes on shown.product_id = attributes.product_id
    group by shown.profile_id, attributes.attribute_text

),

-- Everybody's weights are few: they are joined, since a window would sort everybody's rows.
everybody as (

    select
        dimension_code,
        affinity_value,
        value_weight,
        sum(value_weight) over (partition by dimension_code) as total_weight
    from (
        select
            dimension_code,
            affinity_value,
            sum(weight) as value_weight
        from valued
        group by dimension_code, affinity_value
    ) as summed

),

weighed as (

    select
        valued.*,
        sum(valued.weight) over (partition by valued.profile_id, valued.dimension_code)
            as profile_weight,
        everybody.value_weight,
        everybody.total_weight
    from valued
    inner join everybody
        on
            valued.dimension_code = everybody.dimension_code
            and valued.affinity_value = everybody.affinity_value

),

scored as (

    select
        profile_id,
        dimension_code,
        affinity_value,
        cast(evidence_count as integer) as evidence_count,
        {{ cdp.ratio(
            'weight + ' ~ var('affinity_prior_weight')
            ~ ' * (cast(value_weight as double precision) / total_weight)',
            '(profile_weight + ' ~ var('affinity_prior_weight') ~ ')',
        ) }} as affinity_score
    from weighed

),

final as (

    select
        profile_id,
        dimension_code,
        affinity_value,
        evidence_count,
        affinity_score,
        cast(row_number() over (
            partition by profile_id, dimension_code
            order by
                affinity_score desc,
                evidence_count desc,
                {{ cdp.binary_order('affinity_value') }} asc
        ) as integer) as affinity_rank
    from scored

)

select * from final
