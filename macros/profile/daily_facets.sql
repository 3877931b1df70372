{#-
    What events were about, per day: one row per landed table, identifier, day, facet and value. The
    CTEs `facets`, `daily`, `named`, `keyed` and `final` of a model that goes on with `select * from final`.

    Facets: product (its id; views and carts), touch (utm source, medium and campaign as texts of one
    value, kept apart in columns), device (its type) and store (its id).
    relation: CTE with the columns of canonical.events. Robots' events are nobody's facts.
-#}
{% macro daily_facets(relation) -%}
{%- set facets = {
    'product': ('product_id', "happened.event_type in ('product_view', 'add_to_cart')"),
    'touch': ('utm_source', '1 = 1'),
    'device': ('device_type', '1 = 1'),
    'store': ('store_id', "happened.event_type = 'store_visit'"),
} -%}
facets as (

    -- every row once per facet, so that the events are read once
    select
        happened.source_name,
        happened.source_table,
        happened.identifier_type,
        happened.identifier_value,
        kinds.facet_code,
        case kinds.facet_code
            {%- for facet_code, (column, condition) in facets.items() %}
            when '{{ facet_code }}' then happened.{{ column }}
            {%- endfor %}
        end as facet_value,
        case when kinds.facet_code = 'touch' then coalesce(happened.utm_medium, '') else '' end
            as medium_name,
        case when kinds.facet_code = 'touch' then coalesce(happened.utm_campaign, '') else '' end
            as campaign_name,
        happened.event_type,
        happened.occurred_at,
        happened.received_at
    from {{ relation }} as happened
    cross join (
        {%- for facet_code in facets %}
        {{ 'union all' if not loop.first }}
        select cast('{{ facet_code }}' as varchar) as facet_code
        {%- endfor %}
    ) as kinds
    where
        happened.identifier_value is not null
        and not happened.is_bot
        and (
            {%- for facet_code, (column, condition) in facets.items() %}
            {{ 'or ' if not loop.first }}(
                kinds.facet_code = '{{ facet_code }}'
                and happened.{{ column }} is not null
                and {{ condition }}
            )
            {%- endfor %}
        )

),

daily as (

    select
        source_name,
        source_table,
        identifier_type,
        identifier_value,
        cast(occurred_at as date) as event_date,
        facet_code,
        facet_value,
        cast(medium_name as varchar) as medium_name,
        cast(campaign_name as varchar) as campaign_name,
        cast(count(*) as integer) as event_count,
        cast(sum(case when event_type = 'add_to_cart' then 1 else 0 end) as integer)
            as add_to_cart_count,
        min(occurred_at) as first_occurred_at,
        max(occurred_at) as last_occurred_at,
        max(received_at) as received_at
    from facets
    group by
        source_name,
        source_table,
        identifier_type,
        identifier_value,
        cast(occurred_at as date),
        facet_code,
        facet_value,
        medium_name,
        campaign_name

),

{{ cdp.identifier_keys('daily') }},

final as (

    select
        daily.source_name,
        daily.source_table,
        daily.identifier_type,
        daily.identifier_value,
        keyed.identifier_key,
        daily.event_date,
        daily.facet_code,
        daily.facet_value,
        daily.medium_name,
        daily.campaign_name,
        daily.event_count,
        daily.add_to_cart_count,
        daily.first_occurred_at,
        daily.last_occurred_at,
        daily.received_at
    from daily
    inner join keyed
        on
            daily.source_name = keyed.source_name
            and daily.identifier_type = keyed.identifier_type
            and daily.identifier_value = keyed.identifier_value
    where keyed.identifier_key is not null

)
{%- endmacro %}
