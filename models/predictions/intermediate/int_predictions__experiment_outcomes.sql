-- What people did after they were sent to or held out: once for every uplift model, whose horizon
-- and label it has. Everybody counts in the arm that was drawn, sent to or not.
with

models as (

    select * from {{ ref('prediction_models') }}
    where algorithm_code = 'uplift'

),

assignments as (

    select * from {{ ref('experiment_assignments') }}
    where not is_known_late and control_share > 0

),

-- Whoever was merged into another since then is left out, in both arms alike.
profiles as (

    select profile_id from {{ ref('profiles') }}

),

sync_memberships as (

    select * from {{ ref('sync_memberships') }}

),

features as (

    select * from {{ ref('int_predictions__features') }}

),

prediction_cutoffs as (

    select * from {{ ref('prediction_cutoffs') }}

),

orders as (

    select * from {{ ref('int_predictions__orders') }}

),

watched as (

    select
        models.model_name,
        models.label_code,
        models.eligible_code,
        models.horizon_days,
        assignments.assignment_key,
        assignments.sync_name,
        assignments.audience_name,
        assignments.profile_id,
        assignments.control_share,
        assignments.is_control,
        -- before a sync could have a draw of its own, all were general
        coalesce(assignments.general_control_share, assignments.control_share)
            as general_control_share,
        coalesce(assignments.is_general_control, assignments.is_control) as is_general_control,
        assignments.assigned_at,
        assignments.assigned_at + models.horizon_days * interval '1 day' as horizon_ends_at
    from assignments
    inner join profiles on assignments.profile_id = profiles.profile_id
    -- Each model watches everybody.
    cross join models

),

spent as (

    select
        watched.model_name,
        watched.assignment_key,
        sum(orders.total_amount) as spend_amount
    from watched
    inner join orders
        on
            watched.profile_id = orders.profile_id
            and watched.assigned_at < orders.ordered_at
            and watched.horizon_ends_at >= orders.ordered_at
    group by watched.model_name, watched.assignment_key

),

sent as (

    select
        watched.model_name,
        watched.assignment_key
    from watched
    inner join sync_memberships
        on
            watched.sync_name = sync_memberships.sync_name
            and watched.audience_name = sync_memberships.audience_name
            and watched.profile_id = sync_memberships.profile_id
            and watched.horizon_ends_at >= sync_memberships.entered_at
    group by watched.model_name, watched.assignment_key

),

-- The newest features that knew nothing of what was sent.
cutoffs as (

    select
        watched.model_name,
        watched.assignment_key,
        min(cast(prediction_cutoffs.days_before as integer)) as days_before
    from watched
    inner join prediction_cutoffs
        on
            cast({{ cdp.as_of() }} as date) - cast(prediction_cutoffs.days_before as integer)
            <= cast(watched.assigned_at as date)
    group by watched.model_name, watched.assignment_key

),

final as (

    select
        watched.model_name,
        watched.assignment_key,
        watched.sync_name,
        watched.audience_name,
        watched.profile_id,
        cutoffs.days_before,
        watched.horizon_days,
        watched.control_share,
        watched.is_control,
        watched.general_control_share,
        watched.is_general_control,
        sent.assignment_key is not null as is_sent,
        watched.horizon_ends_at <= {{ cdp.as_of() }} as is_over,
        features.profile_id is not null
        and {{ cdp.is_eligible('watched', 'features') }} as is_eligible,
        case when spent.assignment_key is null then 0 else 1 end as outcome,
        cast(coalesce(spent.spend_amount, 0) as numeric(18, 2)) as spend_amount,
        watched.assigned_at
    from watched
    left join spent
        on
            watched.model_name = spent.model_name
            and watched.assignment_key = spent.assignment_key
    left join sent
        on
            watched.model_name = sent.model_name
            and watched.assignment_key = sent.assignment_key
    left join cutoffs
        on
            watched.model_name = cutoffs.model_name
            and watched.assignment_key = cutoffs.assignment_key
    left join features
        on
            watched.profile_id = features.profile_id
            and cutoffs.days_before = features.days_before

)

select * from final
