{#- What a person said or did against being contacted; silence is not in here. -#}
with

consent_state as (

    select * from {{ ref('consent_state') }}

),

suppressions as (

    select * from {{ ref('suppressions') }}

),

refusals as (

    select
        profile_id,
        purpose_code,
        channel_code,
        reason_code,
        priority
    from suppressions
    union all
    select
        profile_id,
        purpose_code,
        channel_code,
        'consent_denied' as reason_code,
        0 as priority
    from consent_state
    where status_code = 'denied'

),

ranked as (

    select
        refusals.*,
        row_number() over (
            partition by refusals.profile_id, refusals.purpose_code, refusals.channel_code
            order by
                refusals.priority,
                refusals.reason_code
        ) as choice
    from refusals

),

final as (

    select
        profile_id,
        purpose_code,
        channel_code,
        reason_code
    from ranked
    where choice = 1

)

select * from final
