-- Companies at the cut-offs of int_predictions__features, from what people there had done by then
-- and from the CRM's dates. What the CRM only knows as of today (type, industry, employees) is no
-- feature: it is filled in once a company is a customer, and would tell the label.
with

cutoffs as (

    select
        cast(days_before as integer) as days_before,
        cast({{ cdp.as_of() }} as date) - cast(days_before as integer) as cutoff_date
    from {{ ref('prediction_cutoffs') }}

),

people as (

    select * from {{ ref('account_people') }}

),

features as (

    select * from {{ ref('int_predictions__features') }}

),

opportunities as (

    select
        account_id,
        is_closed,
        is_won,
        created_at,
        coalesce(closes_on, cast(created_at as date)) as closes_on
    from {{ ref('opportunities') }}

),

-- A CRM that does not land when it learned of a company was filled no later than its first dates.
known as (

    select
        account_id,
        min(known_date) as known_date
    from (
        select
            account_id,
            cast(created_at as date) as known_date
        from {{ ref('accounts') }}
        union all
        select
            account_id,
            cast(since_at as date) as known_date
        from people
        union all
        select
            account_id,
            cast(created_at as date) as known_date
        from opportunities
    ) as dates
    where known_date is not null
    group by account_id

),

members as (

    select
        people.account_id,
        cutoffs.days_before,
        count(*) as member_count,
        sum(case when features.event_30_count > 0 then 1 else 0 end) as engaged_member_30_count,
        min(features.days_since_last_event) as days_since_last_member_event,
        sum(features.event_30_count) as member_event_30_count,
        sum(features.product_view_30_count) as member_product_view_30_count,
        sum(features.form_90_count) as member_form_90_count,
        sum(features.email_click_90_count) as member_email_click_90_count,
        sum(cast(features.spend_365_amount as numeric(18, 2))) as member_spend_365_amount
    from people
    inner join cutoffs on cast(people.since_at as date) < cutoffs.cutoff_date
    left join features
        on
            people.profile_id = features.profile_id
            and cutoffs.days_before = features.days_before
    group by people.account_id, cutoffs.days_before

),

-- A deal that is closed was open until the day it closed on.
deals as (

    select
        opportunities.account_id,
        cutoffs.days_before,
        max(cast(opportunities.created_at as date)) as last_opportunity_date,
        sum(
            case
                when not opportunities.is_closed or opportunities.closes_on >= cutoffs.cutoff_date
                    then 1
                else 0
            end
        ) as open_count,
        sum(
            case
                when opportunities.is_won and opportunities.closes_on < cutoffs.cutoff_date then 1
                else 0
            end
        ) as won_count,
        sum(
            case
                when
                    opportunities.is_closed
                    and not opportunities.is_won
                    and opportunities.closes_on < cutoffs.cutoff_date
                    then 1
                else 0
            end
        ) as lost_count
    from opportunities
    inner join cutoffs on cast(opportunities.created_at as date) < cutoffs.cutoff_date
    group by opportunities.account_id, cutoffs.days_before

),

final as (

    select
        known.account_id,
        cutoffs.days_before,
        cutoffs.cutoff_date,
        coalesce(deals.open_count, 0) = 0 and coalesce(deals.won_count, 0) = 0 as is_prospect,
        {{ cdp.feature_value('cutoffs.cutoff_date - known.known_date', 0, 3650) }}
            as account_age_days,
        {{ cdp.feature_value('members.member_count', 0, 10000) }} as member_count,
        {{ cdp.feature_value('members.engaged_member_30_count', 0, 10000) }}
            as engaged_member_30_count,
        {{ cdp.feature_value('members.days_since_last_member_event', 181, 181) }}
            as days_since_last_member_event,
        {{ cdp.feature_value('members.member_event_30_count', 0, 10000) }} as member_event_30_count,
        {{ cdp.feature_value('members.member_product_view_30_count', 0, 10000) }}
            as member_product_view_30_count,
        {{ cdp.feature_value('members.member_form_90_count', 0, 1000) }} as member_form_90_count,
        {{ cdp.feature_value('members.member_email_click_90_count', 0, 10000) }}
            as member_email_click_90_count,
        {{ cdp.feature_value('members.member_spend_365_amount') }} as member_spend_365_amount,
        {{ cdp.feature_value('deals.lost_count', 0, 100) }} as lost_opportunity_count,
        {{ cdp.feature_value('cutoffs.cutoff_date - deals.last_opportunity_date', 3650, 3650) }}
            as days_since_last_opportunity
    from known
    inner join cutoffs on known.known_date < cutoffs.cutoff_date
    left join members
        on
            known.account_id = members.account_id
            and cutoffs.days_before = members.days_before
    left join deals
        on
            known.account_id = deals.account_id
            and cutoffs.days_before = deals.days_before

)

select * from final
