{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='assignment_key',
    on_schema_change='append_new_columns',
    full_refresh=false,
) }}
-- Everybody that a holdout could have kept out of an audience, by the first run that asked: sent
-- to, as far as the draw goes, or held out. Whoever is refused for a reason that is asked before
-- the draw is in neither arm; whoever loses to priority or a cap after it stays in the arm drawn:
-- so the arms differ by the draw alone. It survives --full-refresh, since the past cannot be drawn
-- again.
with

members_judged as (

    select * from {{ ref('int_activation__members_judged') }}
    where
        refusal_code is null
        or refusal_code in ('global_holdout', 'sync_holdout', 'lower_priority', 'over_cap')

),

holdouts as (

    select * from {{ ref('holdouts') }}
    where
        starts_on <= cast({{ cdp.as_of() }} as date)
        and coalesce(ends_on, cast('9999-12-31' as date)) >= cast({{ cdp.as_of() }} as date)

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

sync_state as (

    select * from {{ ref('sync_state') }}

),

booked as (

    {% if is_incremental() %}
    select
        sync_name,
        audience_name,
        profile_id
    from {{ this }}
    {% else %}
    select
        cast(null as varchar) as sync_name,
        cast(null as varchar) as audience_name,
        cast(null as varchar) as profile_id
    where 1 = 0
    {% endif %}

),

-- Who escapes all of several draws is sent to.
control_shares as (

    select
        sync_catalog.sync_name,
        1 - exp(sum(ln(greatest(1 - holdouts.share, 0.000001)))) as control_share,
        1 - exp(sum(
            case
                when holdouts.sync_name = 'all' then ln(greatest(1 - holdouts.share, 0.000001))
                else 0
            end
        )) as general_control_share
    from sync_catalog
    inner join holdouts
        on
            holdouts.purpose_code in ('all', sync_catalog.purpose_code)
            and holdouts.sync_name in ('all', sync_catalog.sync_name)
    group by sync_catalog.sync_name

),

audiences_booked as (

    select
        sync_name,
        audience_name
    from booked
    group by sync_name, audience_name

),

audiences_held as (

    select
        sync_name,
        audience_name
    from sync_state
    group by sync_name, audience_name

),

members_held as (

    select
        sync_name,
        audience_name,
        profile_id
    from sync_state
    group by sync_name, audience_name, profile_id

),

final as (

    select
        cast({{ cdp.surrogate_key([
            'members_judged.sync_name',
            'members_judged.audience_name',
            'members_judged.profile_id',
        ]) }} as varchar) as assignment_key,
        cast(members_judged.sync_name as varchar) as sync_name,
        cast(members_judged.audience_name as varchar) as audience_name,
        cast(members_judged.profile_id as varchar) as profile_id,
        cast(members_judged.purpose_code as varchar) as purpose_code,
        cast(coalesce(control_shares.control_share, 0) as numeric(18, 6)) as control_share,
        coalesce(members_judged.refusal_code, '') in ('global_holdout', 'sync_holdout')
            as is_control,
        -- Of an audience that was sent before the first booking nobody knows who was held out of it
        -- when.
        members_held.profile_id is not null
        or (audiences_held.sync_name is not null and audiences_booked.sync_name is null)
            as is_known_late,
        cast(coalesce(control_shares.general_control_share, 0) as numeric(18, 6))
            as general_control_share,
        coalesce(members_judged.refusal_code, '') = 'global_holdout' as is_general_control,
        {{ cdp.as_of() }} as assigned_at
    from members_judged
    left join control_shares on members_judged.sync_name = control_shares.sync_name
    left join booked
        on
            members_judged.sync_name = booked.sync_name
            and members_judged.audience_name = booked.audience_name
            and members_judged.profile_id = booked.profile_id
    left join audiences_booked
        on
            members_judged.sync_name = audiences_booked.sync_name
            and members_judged.audience_name = audiences_booked.audience_name
    left join audiences_held
        on
            members_judged.sync_name = audiences_held.sync_name
            and members_judged.audience_name = audiences_held.audience_name
    left join members_held
        on
            members_judged.sync_name = members_held.sync_name
            and members_judged.audience_name = members_held.audience_name
            and members_judged.profile_id = members_held.profile_id
    where booked.profile_id is null

)

select * from final
