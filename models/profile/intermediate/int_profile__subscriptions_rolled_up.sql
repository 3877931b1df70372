with

subscriptions as (

    select * from {{ ref('subscriptions') }}
    where started_at <= {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

final as (

    select
        identity_map.profile_id,
        cast(count(*) as integer) as subscription_count,
        cast(sum(
            case
                when subscriptions.status_code in ('active', 'trialing', 'past_due') then 1
                else 0
            end
        ) as integer) as active_subscription_count,
        min(case
            when subscriptions.status_code in ('active', 'trialing', 'past_due')
                then subscriptions.period_ends_at
        end) as next_renewal_at
    from subscriptions
    inner join identity_map on subscriptions.identifier_key = identity_map.identifier_key
    group by identity_map.profile_id

)

select * from final
