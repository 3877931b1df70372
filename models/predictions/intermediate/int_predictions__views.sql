-- The products a person or an anonymous visitor looked at or put in the cart lately.
with

viewed as (

    select
        source_name,
        identifier_type,
        identifier_value,
        cast(null as varchar) as country_code,
        product_id,
        cast(max(occurred_at) as date) as touched_date
    from {{ ref('events') }}
    where
        event_type in ('product_view', 'add_to_cart')
        and product_id is not null
        and identifier_value is not null
        and not is_bot
        and occurred_at > {{ cdp.days_ago('popular_within_days') }}
        and occurred_at <= {{ cdp.as_of() }}
    group by source_name, identifier_type, identifier_value, product_id

),

keyed as (

    {{ cdp.with_identifier_key('viewed') }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

final as (

    select
        identity_map.profile_id,
        keyed.product_id,
        max(keyed.touched_date) as touched_date
    from keyed
    inner join identity_map on keyed.identifier_key = identity_map.identifier_key
    group by identity_map.profile_id, keyed.product_id

)

select * from final
