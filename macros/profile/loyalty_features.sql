{#-
    What was known of everybody's loyalty points at a moment: a select with one row per profile.

    as_of: timestamp expression. Points are used up from the oldest: what expires is what was earned
    with an expiry up to a moment, less all that was redeemed or has expired before.
-#}
{% macro loyalty_features(as_of) -%}
{%- set soon = "(" ~ as_of ~ " + interval '30 days')" -%}
    select
        owned.profile_id,
        cast(sum(owned.points) as integer) as loyalty_points,
        cast(sum(case
            when owned.points > 0 and {{ cdp.in_last_days('owned.occurred_at', 365, as_of) }} then owned.points
            else 0
        end) as integer) as loyalty_points_earned_365_days,
        cast(sum(case when owned.loyalty_event_type = 'redeemed' then -owned.points else 0 end) as integer)
            as loyalty_points_redeemed,
        cast(greatest(
            0,
            sum(case when owned.points > 0 and owned.expires_at < {{ soon }} then owned.points else 0 end)
            - greatest(
                sum(case when owned.points < 0 then -owned.points else 0 end),
                sum(case when owned.points > 0 and owned.expires_at < {{ as_of }} then owned.points else 0 end)
            )
        ) as integer) as loyalty_points_expiring_30_days,
        min(case when owned.points > 0 and owned.expires_at >= {{ as_of }} then owned.expires_at end)
            as next_points_expire_at,
        max(case when owned.tier_number = 1 then owned.tier_code end) as loyalty_tier_code,
        max(owned.occurred_at) as last_loyalty_at
    from (
        select
            identity_map.profile_id,
            movements.loyalty_event_type,
            movements.points,
            movements.tier_code,
            movements.expires_at,
            movements.occurred_at,
            row_number() over (
                partition by identity_map.profile_id
                order by
                    case when movements.tier_code is null then 1 else 0 end,
                    movements.occurred_at desc,
                    {{ cdp.binary_order('movements.source_name') }},
                    {{ cdp.binary_order('movements.record_key') }}
            ) as tier_number
        from {{ ref('loyalty_events') }} as movements
        inner join {{ ref('identity_map') }} as identity_map
            on movements.identifier_key = identity_map.identifier_key
        where movements.occurred_at < {{ as_of }}
    ) as owned
    group by owned.profile_id
{%- endmacro %}
