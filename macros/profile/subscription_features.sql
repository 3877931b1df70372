{#-
    What was known of everybody's subscriptions at a moment: a select with one row per profile.

    as_of: timestamp expression. The state is told from the subscription's own moments (start, trial,
    cancellation, end), not from its latest status, so that it can be told of the past as well, and
    the next renewal by whole periods back from the latest one. A payment that was late in the past
    cannot: it left no moment. A subscription without an interval is taken to renew by the month.
-#}
{% macro subscription_features(as_of) -%}
    select
        ranked.profile_id,
        cast(count(*) as integer) as subscription_count,
        cast(sum(case when ranked.state_code <> 'ended' then 1 else 0 end) as integer)
            as active_subscription_count,
        cast(sum(case when ranked.state_code = 'trialing' then 1 else 0 end) as integer)
            as trial_subscription_count,
        max(case when ranked.choice_number = 1 then ranked.plan_name end) as subscription_plan_name,
        max(case when ranked.choice_number = 1 then ranked.state_code end) as subscription_status_code,
        max(case when ranked.choice_number = 1 then ranked.interval_code end)
            as subscription_interval_code,
        cast(sum(case
            when ranked.state_code not in ('active', 'cancelling') then 0
            when ranked.interval_code = 'year' then {{ cdp.ratio('ranked.period_amount', 12) }}
            when ranked.interval_code = 'week' then {{ cdp.ratio('ranked.period_amount * 52', 12) }}
            when ranked.interval_code = 'day' then {{ cdp.ratio('ranked.period_amount * 365', 12) }}
            else ranked.period_amount
        end) as numeric(18, 2)) as recurring_month_amount,
        max(case when ranked.state_code = 'cancelling' then 1 else 0 end) = 1
            as is_subscription_cancelling,
        min(ranked.started_at) as first_subscribed_at,
        min(case when ranked.state_code in ('active', 'trialing') then ranked.renews_at end)
            as next_renewal_at,
        min(case when ranked.state_code = 'trialing' then ranked.trial_ends_at end) as trial_ends_at,
        max(case when ranked.state_code = 'ended' then ranked.ended_at end)
            as last_subscription_ended_at
    from (
        select
            stated.*,
            row_number() over (
                partition by stated.profile_id
                order by
                    case when stated.state_code = 'ended' then 1 else 0 end, stated.started_at desc,
                    {{ cdp.binary_order('stated.source_name') }},
                    {{ cdp.binary_order('stated.subscription_id') }}
            ) as choice_number
        from (
            select
                identity_map.profile_id,
                subscriptions.*,
                case
                    when subscriptions.ended_at < {{ as_of }} then 'ended'
                    when subscriptions.cancelled_at < {{ as_of }} then 'cancelling'
                    when subscriptions.trial_ends_at >= {{ as_of }} then 'trialing'
                    else 'active'
                end as state_code
            from (
                select
                    counted.*,
                    -- The first end of a period at or after the moment: the latest end, less periods.
                    case
                        when counted.period_ends_at < {{ as_of }} then null
                        when counted.interval_code in ('week', 'day')
                            then counted.period_ends_at - interval '1 day' * (
                                counted.days_ahead
                                - case when counted.interval_code = 'week' then counted.days_ahead % 7 else 0 end
                            )
                        else counted.period_ends_at - interval '1 month' * (
                            counted.months_ahead
                            - case when counted.interval_code = 'year' then counted.months_ahead % 12 else 0 end
                        )
                    end as renews_at
                from (
                    select
                        dated.*,
                        {{ cdp.full_days_between(as_of, 'dated.period_ends_at') }} as days_ahead,
                        dated.month_ends_ahead - case
                            when dated.period_ends_at - dated.month_ends_ahead * interval '1 month' < {{ as_of }}
                                then 1
                            else 0
                        end as months_ahead
                    from (
                        select
                            given.*,
                            cast(
                                12 * extract(year from given.period_ends_at)
                                + extract(month from given.period_ends_at)
                                - 12 * extract(year from {{ as_of }}) - extract(month from {{ as_of }})
                                as integer
                            ) as month_ends_ahead
                        from {{ ref('subscriptions') }} as given
                        where given.started_at < {{ as_of }}
                    ) as dated
                ) as counted
            ) as subscriptions
            inner join {{ ref('identity_map') }} as identity_map
                on subscriptions.identifier_key = identity_map.identifier_key
        ) as stated
    ) as ranked
    group by ranked.profile_id
{%- endmacro %}
