-- The first and the latest touch, the product and the store seen last, and the usual device.
with

facets as (

    {{ cdp.days_before('event_facet_days', cdp.as_of()) }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

owned as (

    select
        identity_map.profile_id,
        facets.facet_code,
        facets.facet_value,
        facets.medium_name,
        facets.campaign_name,
        sum(facets.event_count) as event_count,
        min(facets.first_occurred_at) as first_occurred_at,
        max(facets.last_occurred_at) as last_occurred_at
    from facets
    inner join identity_map on facets.identifier_key = identity_map.identifier_key
    group by
        identity_map.profile_id,
        facets.facet_code,
        facets.facet_value,
        facets.medium_name,
        facets.campaign_name

),

extremes as (

    select
        profile_id,
        facet_code,
        min(first_occurred_at) as first_occurred_at,
        max(last_occurred_at) as last_occurred_at,
        max(event_count) as event_count
    from owned
    group by profile_id, facet_code

),

-- What can be first in the orders that its facet is read in: a few rows a person, where `owned`
-- has hundreds.
foremost as (

    select owned.*
    from owned
    inner join extremes
        on owned.profile_id = extremes.profile_id and owned.facet_code = extremes.facet_code
    where
        (owned.facet_code = 'touch' and owned.first_occurred_at = extremes.first_occurred_at)
        or (owned.facet_code <> 'device' and owned.last_occurred_at = extremes.last_occurred_at)
        or (owned.facet_code = 'device' and owned.event_count = extremes.event_count)

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
