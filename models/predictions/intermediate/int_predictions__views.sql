-- The products a person or an anonymous visitor looked at or put in the cart lately.
with

product_days as (

    {{ cdp.days_before('event_facet_days', cdp.as_of()) }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

final as (

    select
        identity_map.profile_id,
        product_days.facet_value as product_id,
        cast(max(product_days.last_occurred_at) as date) as touched_date
    from product_days
    inner join identity_map on product_days.identifier_key = identity_map.identifier_key
    where
        product_days.facet_code = 'product'
        and product_days.last_occurred_at > {{ cdp.days_ago('popular_within_days') }}
    group by identity_map.profile_id, product_days.facet_value

)

select * from final
