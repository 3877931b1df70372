{{ config(
    pre_hook="{{ cdp.join_sides_as_written(true, when_rebuilt=true) }}",
    post_hook="{{ cdp.join_sides_as_written(false, when_rebuilt=true) }}",
) }}
-- The first and the latest touch, the product and the store seen last, and the usual device. First
-- the moments, then what happened at them: whoever sums up every value of everybody holds a row per
-- person and product, 2.5 GiB for 100,000 customers. Long, since both read the same.
with

-- Named once for each reader: DuckDB would keep the whole of a CTE that several read.
{% for reader in ['summed', 'foremost'] %}
{{ reader }}_facets as (

    {{ cdp.days_before('event_facet_days', cdp.as_of()) }}

),

{{ reader }}_map as (

    select
        identifier_key,
        profile_id
    from {{ ref('identity_map') }}

),

{% endfor -%}
summed as (

    select
        summed_map.profile_id,
        summed_facets.facet_code,
        case when summed_facets.facet_code = 'device' then summed_facets.facet_value end
            as device_type,
        sum(summed_facets.event_count) as event_count,
        min(summed_facets.first_occurred_at) as first_occurred_at,
        max(summed_facets.last_occurred_at) as last_occurred_at
    from summed_facets
    inner join summed_map on summed_facets.identifier_key = summed_map.identifier_key
    group by
        summed_map.profile_id,
        summed_facets.facet_code,
        case when summed_facets.facet_code = 'device' then summed_facets.facet_value end

),

foremost as (

    select
        foremost_map.profile_id,
        foremost_facets.facet_code,
        foremost_facets.facet_value,
        foremost_facets.medium_name,
        foremost_facets.campaign_name,
        cast(null as bigint) as event_count,
        min(foremost_facets.first_occurred_at) as first_occurred_at,
        max(foremost_facets.last_occurred_at) as last_occurred_at
    from foremost_facets
    inner join foremost_map on foremost_facets.identifier_key = foremost_map.identifier_key
    inner join summed
        on
            foremost_map.profile_id = summed.profile_id
            and foremost_facets.facet_code = summed.facet_code
    where
        foremost_facets.facet_code <> 'device'
        and (
            foremost_facets.last_occurred_at = summed.last_occurred_at
            or (
                foremost_facets.facet_code = 'touch'
                and foremost_facets.first_occurred_at = summed.first_occurred_at
            )
        )
    group by
        foremost_map.profile_id,
        foremost_facets.facet_code,
        foremost_facets.facet_value,
        foremost_facets.medium_name,
        foremost_facets.campaign_name

    union all

    select
        profile_id,
        facet_code,
        device_type as facet_value,
        cast('' as varchar) as medium_name,
        cast('' as varchar) as campaign_name,
        cast(event_count as bigint) as event_count,
        first_occurred_at,
        last_occurred_at
    from summed
    where facet_code = 'device'

),

ranked as (

    select
        *,
        row_number() over (
            partition by profile_id, facet_code
            order by
                first_occurred_at asc,
                {{ cdp.binary_order('facet_value') }} asc,
                {{ cdp.binary_order('medium_name') }} asc,
                {{ cdp.binary_order('campaign_name') }} asc
        ) as first_number,
        row_number() over (
            partition by profile_id, facet_code
            order by
                last_occurred_at desc,
                {{ cdp.binary_order('facet_value') }} asc,
                {{ cdp.binary_order('medium_name') }} asc,
                {{ cdp.binary_order('campaign_name') }} asc
        ) as last_number,
        row_number() over (
            partition by profile_id, facet_code
            order by
                event_count desc,
                last_occurred_at desc,
                {{ cdp.binary_order('facet_value') }} asc,
                {{ cdp.binary_order('medium_name') }} asc,
                {{ cdp.binary_order('campaign_name') }} asc
        ) as usual_number
    from foremost

),

final as (

    select
        profile_id,
        {%- for place in ['first', 'last'] %}
        {%- set chosen = "facet_code = 'touch' and " ~ place ~ "_number = 1" %}
        max(case when {{ chosen }} then facet_value end) as {{ place }}_touch_source_name,
        max(case when {{ chosen }} then nullif(medium_name, '') end)
            as {{ place }}_touch_medium_name,
        max(case when {{ chosen }} then nullif(campaign_name, '') end)
            as {{ place }}_touch_campaign_name,
        max(case when {{ chosen }} then {{ place }}_occurred_at end) as {{ place }}_touch_at,
        {%- endfor %}
        max(case when facet_code = 'product' and last_number = 1 then facet_value end)
            as last_viewed_product_id,
        max(case when facet_code = 'store' and last_number = 1 then facet_value end)
            as last_visited_store_id,
        max(case when facet_code = 'device' and usual_number = 1 then facet_value end)
            as device_type_code
    from ranked
    group by profile_id

)

select * from final
