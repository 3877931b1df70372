-- What happened in the horizon after each past cut-off, for everyone who was eligible at it. A
-- horizon that has not ended yet has no label. Whether somebody answers is asked of the first
-- message in it, and of nobody who got none: when and how often campaigns go out says nothing of a
-- person. Long because every label_code has a branch.
with

models as (

    select * from {{ ref('prediction_models') }}
    where algorithm_code = 'classifier' and entity_code = 'person'

),

features as (

    select * from {{ ref('int_predictions__features') }}

),

-- Read several times: DuckDB would copy them whole into memory first.
identity_map as not materialized (

    select * from {{ ref('identity_map') }}

),

orders as not materialized (

    select * from {{ ref('int_predictions__orders') }}

),

eligible as (

    select
        models.model_name,
        models.label_code,
        features.profile_id,
        features.days_before,
        features.cutoff_date,
        features.cutoff_date + cast(models.horizon_days as integer) as horizon_end_date
    from features
    inner join models
        on
            features.days_before >= models.horizon_days
            and {{ cdp.is_eligible('models', 'features') }}

),

happenings as (

    select
        profile_id,
        order_date as happened_date,
        cast('ordered' as varchar) as label_code
    from orders
    union all
    select
        profile_id,
        order_date as happened_date,
        'not_ordered' as label_code
    from orders
    union all
    select
        profile_id,
        order_date as happened_date,
        'ordered_with_discount' as label_code
    from orders
    where is_discounted
    union all
    select
        identity_map.profile_id,
        cast(subscriptions.ended_at as date) as happened_date,
        'subscription_ended' as label_code
    from {{ ref('subscriptions') }} as subscriptions
    inner join identity_map on subscriptions.identifier_key = identity_map.identifier_key
    where subscriptions.ended_at <= {{ cdp.as_of() }}
    union all
    select
        identity_map.profile_id,
        cast(leads.converted_at as date) as happened_date,
        'converted' as label_code
    from {{ ref('leads') }} as leads
    inner join identity_map on leads.identifier_key = identity_map.identifier_key
    where leads.converted_at <= {{ cdp.as_of() }}
    union all
    select
        identity_map.profile_id,
        cast(opportunities.created_at as date) as happened_date,
        'converted' as label_code
    from {{ ref('opportunities') }} as opportunities
    inner join identity_map on opportunities.identifier_key = identity_map.identifier_key
    where opportunities.created_at <= {{ cdp.as_of() }}

),

happened as (

    select
        eligible.model_name,
        eligible.profile_id,
        eligible.days_before
    from eligible
    inner join happenings
        on
            eligible.profile_id = happenings.profile_id
            and eligible.label_code = happenings.label_code
            and eligible.cutoff_date <= happenings.happened_date
            and eligible.horizon_end_date > happenings.happened_date
    group by
        eligible.model_name,
        eligible.profile_id,
        eligible.days_before

),

messages as (

    select
        eligible.*,
        message_answers.answered_date,
        row_number() over (
            partition by eligible.model_name, eligible.profile_id, eligible.days_before
            order by message_answers.message_date
        ) as message_number
    from eligible
    inner join {{ ref('int_predictions__message_answers') }} as message_answers
        on
            eligible.profile_id = message_answers.profile_id
            and eligible.label_code = message_answers.channel_code || '_clicked'
            and eligible.cutoff_date <= message_answers.message_date
            and eligible.horizon_end_date > message_answers.message_date

),

final as (

    select
        eligible.model_name,
        eligible.profile_id,
        eligible.days_before,
        eligible.cutoff_date,
        -- Churn is the order that did not come.
        case
            when (happened.profile_id is null) = (eligible.label_code = 'not_ordered') then 1
            else 0
        end as outcome
    from eligible
    left join happened
        on
            eligible.model_name = happened.model_name
            and eligible.profile_id = happened.profile_id
            and eligible.days_before = happened.days_before
    where eligible.label_code not like '%clicked'

    union all

    select
        model_name,
        profile_id,
        days_before,
        cutoff_date,
        case when answered_date < horizon_end_date then 1 else 0 end as outcome
    from messages
    where message_number = 1

)

select * from final
