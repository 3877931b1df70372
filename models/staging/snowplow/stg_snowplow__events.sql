with

landed as (

    {{ cdp.landed('snowplow', 'events') }}

),

actions as (

    select
        landed.*,
        {{ cdp.json_field(
            'landed.unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1_0_0',
            'type'
        ) }} as ecommerce_action_type
    from landed

),

final as (

    select
        actions.event_id,
        nullif(trim(actions.user_id), '') as user_id,
        nullif(trim(actions.domain_userid), '') as anonymous_id,
        actions.domain_sessionid as session_id,
        actions.event as event_kind,
        actions.event_name,
        -- What was done, by whichever of the tracker's three ways it was said: a structured event,
        -- an e-commerce action, or an event with a schema of its own.
        lower(replace(replace(
            case
                when actions.event = 'struct' then actions.se_action
                when actions.ecommerce_action_type is not null then actions.ecommerce_action_type
                else coalesce(actions.event_name, actions.event)
            end, '-', '_'
        ), ' ', '_')) as action_code,
        {{ cdp.json_field(
            'actions.contexts_com_snowplowanalytics_snowplow_ecommerce_checkout_step_1_0_0', 'step'
        ) }} as checkout_step,
        actions.platform,
        actions.page_url,
        actions.page_referrer as referrer_url,
        actions.mkt_source as utm_source,
        actions.mkt_medium as utm_medium,
        actions.mkt_campaign as utm_campaign,
        coalesce(
            {{ cdp.json_field(
                'actions.contexts_com_snowplowanalytics_snowplow_ecommerce_product_1_0_0', 'id'
            ) }},
            actions.ti_sku,
            case when actions.event = 'struct' then actions.se_property end
        ) as item_id,
        coalesce(actions.tr_total, {{ cdp.try_cast(cdp.json_field(
            'actions.contexts_com_snowplowanalytics_snowplow_ecommerce_transaction_1_0_0', 'revenue'
        ), 'numeric(18,2)') }}) as revenue_amount,
        upper(coalesce(actions.tr_currency, {{ cdp.json_field(
            'actions.contexts_com_snowplowanalytics_snowplow_ecommerce_transaction_1_0_0', 'currency'
        ) }})) as currency_code,
        actions.useragent as user_agent,
        actions.dvce_type as stated_device_type,
        coalesce({{ cdp.json_field(
            'actions.contexts_com_iab_snowplow_spiders_and_robots_1_0_0', 'spiderOrRobot'
        ) }} = 'true', false) as is_listed_robot,
        case when length(actions.geo_country) = 2 then upper(actions.geo_country) end
            as country_code,
        coalesce(actions.derived_tstamp, actions.collector_tstamp) as occurred_at,
        {{ cdp.landed_metadata('actions') }}
    from actions

)

select * from final
