{#-
    What the destinations held of whom, and when: every stay in an audience, from the request that put
    the member in to the one that took it out. An accepted request counts: it may have been acted on.
-#}
with

receipts as (

    select
        sync_receipts.*,
        coalesce(sync_receipts.settled_at, sync_receipts.sent_at) as happened_at
    from {{ ref('sync_receipts') }} as sync_receipts
    where sync_receipts.outcome_code in ('confirmed', 'accepted')

),

numbered as (

    select
        receipts.*,
        coalesce(
            sum(case when receipts.operation_code = 'remove' then 1 else 0 end) over (
                partition by receipts.sync_name, receipts.audience_name, receipts.member_key
                order by
                    receipts.happened_at,
                    {{ cdp.binary_order('receipts.run_id') }},
                    receipts.item_number
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) + 1 as spell_number
    from receipts

),

ordered as (

    select
        numbered.*,
        row_number() over (
            partition by
                numbered.sync_name,
                numbered.audience_name,
                numbered.member_key,
                numbered.spell_number,
                numbered.operation_code = 'remove'
            order by
                numbered.happened_at,
                {{ cdp.binary_order('numbered.run_id') }},
                numbered.item_number
        ) as place,
        row_number() over (
            partition by
                numbered.sync_name,
                numbered.audience_name,
                numbered.member_key,
                numbered.spell_number,
                numbered.operation_code = 'remove'
            order by
                numbered.happened_at desc,
                {{ cdp.binary_order('numbered.run_id') }} desc,
                numbered.item_number desc
        ) as place_from_end
    from numbered

),

{% set entering = "operation_code <> 'remove' and place = 1" -%}
{%- set latest = "operation_code <> 'remove' and place_from_end = 1" -%}
{%- set leaving = "operation_code = 'remove' and place = 1" -%}
stays as (

    select
        sync_name,
        audience_name,
        member_key,
        max(case when {{ latest }} then profile_id end) as profile_id,
        max(case when {{ latest }} then purpose_code end) as purpose_code,
        max(case when {{ latest }} then channel_code end) as channel_code,
        max(case when {{ latest }} then consent_version end) as consent_version,
        max(case when {{ latest }} then payload_hash end) as payload_hash,
        max(case when {{ entering }} then batch_id end) as entered_batch_id,
        max(case when {{ entering }} then outcome_code end) as entered_outcome_code,
        max(case when {{ entering }} then vendor_job_id end) as entered_vendor_job_id,
        max(case when {{ leaving }} then reason_code end) as left_because_code,
        max(case when {{ leaving }} then batch_id end) as left_batch_id,
        cast(
            row_number() over (
                partition by sync_name, audience_name, member_key
                order by spell_number
            ) as integer
        ) as spell_number,
        max(case when {{ entering }} then http_status end) as entered_http_status,
        cast(
            sum(case when operation_code <> 'remove' then 1 else 0 end) - 1 as integer
        ) as change_count,
        max(case when {{ entering }} then happened_at end) as entered_at,
        max(case when {{ leaving }} then happened_at end) as left_at
    from ordered
    group by sync_name, audience_name, member_key, spell_number
    -- taking out whoever is out already is no stay
    having sum(case when operation_code <> 'remove' then 1 else 0 end) > 0

),

final as (

    select
        {{ cdp.surrogate_key(['sync_name', 'audience_name', 'member_key', 'spell_number']) }}
            as membership_key,
        sync_name,
        audience_name,
        member_key,
        profile_id,
        purpose_code,
        channel_code,
        consent_version,
        payload_hash,
        entered_batch_id,
        entered_outcome_code,
        entered_vendor_job_id,
        left_because_code,
        left_batch_id,
        spell_number,
        entered_http_status,
        change_count,
        entered_at,
        left_at
    from stays

)

select * from final
