{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['segment_name', 'measured_on'],
    on_schema_change='fail',
    full_refresh=false,
) }}
-- A row per day; a day that is built again is measured again. The size is compared with that of the
-- latest day before that was not held, so that a jump does not become normal by waiting.
with

segment_catalog as (

    {{ cdp.segments_listed() }}

),

segment_members as (

    select * from {{ ref('segment_members') }}

),

profiles as (

    select * from {{ ref('profiles') }}

),

segment_history as (

    select * from {{ ref('segment_history') }}

),

segment_size_approvals as (

    select * from {{ ref('segment_size_approvals') }}

),

measured_before as (

    {% if is_incremental() %}
    select
        segment_name,
        measured_on,
        member_count,
        is_held
    from {{ this }}
    where measured_on < cast({{ cdp.as_of() }} as date)
    {% else %}
    select
        cast(null as varchar) as segment_name,
        cast(null as date) as measured_on,
        cast(null as bigint) as member_count,
        cast(null as boolean) as is_held
    where 1 = 0
    {% endif %}

),

ranked_before as (

    select
        segment_name,
        member_count,
        row_number() over (partition by segment_name order by measured_on desc) as days_back
    from measured_before
    where not is_held

),

counted as (

    select
        segment_members.segment_name,
        count(*) as member_count,
        sum(case when profiles.is_email_marketing_permitted then 1 else 0 end) as contactable_count
    from segment_members
    inner join profiles on segment_members.profile_id = profiles.profile_id
    group by segment_members.segment_name

),

moved as (

    select
        segment_name,
        sum(case when cast(entered_at as date) = cast({{ cdp.as_of() }} as date) then 1 else 0 end)
            as entered_count,
        sum(case when cast(left_at as date) = cast({{ cdp.as_of() }} as date) then 1 else 0 end)
            as left_count
    from segment_history
    group by segment_name

),

compared as (

    select
        segment_catalog.segment_name,
        segment_catalog.rule_version,
        coalesce(counted.member_count, 0) as member_count,
        coalesce(counted.contactable_count, 0) as contactable_count,
        coalesce(moved.entered_count, 0) as entered_count,
        coalesce(moved.left_count, 0) as left_count,
        ranked_before.member_count as baseline_count,
        coalesce(
            abs(coalesce(counted.member_count, 0) - ranked_before.member_count)
            > segment_catalog.sudden_change_share * ranked_before.member_count
            and (
                ranked_before.member_count >= {{ var('segment_sudden_change_members') }}
                or counted.member_count >= {{ var('segment_sudden_change_members') }}
            ),
            false
        ) as is_sudden
    from segment_catalog
    left join counted on segment_catalog.segment_name = counted.segment_name
    left join moved on segment_catalog.segment_name = moved.segment_name
    left join ranked_before
        on
            segment_catalog.segment_name = ranked_before.segment_name
            and ranked_before.days_back = 1

),

accepted as (

    select distinct compared.segment_name
    from compared
    inner join segment_size_approvals
        on
            compared.segment_name = segment_size_approvals.segment_name
            and compared.member_count
            between segment_size_approvals.lowest_count and segment_size_approvals.highest_count
            and segment_size_approvals.approved_on <= cast({{ cdp.as_of() }} as date)
            and segment_size_approvals.expires_on > cast({{ cdp.as_of() }} as date)

),

final as (

    select
        compared.segment_name,
        cast({{ cdp.as_of() }} as date) as measured_on,
        compared.rule_version,
        compared.is_sudden,
        compared.is_sudden and accepted.segment_name is null as is_held,
        cast(compared.member_count as bigint) as member_count,
        cast(compared.contactable_count as bigint) as contactable_count,
        cast(compared.entered_count as bigint) as entered_count,
        cast(compared.left_count as bigint) as left_count,
        cast(compared.baseline_count as bigint) as baseline_count,
        {{ cdp.as_of() }} as measured_at
    from compared
    left join accepted on compared.segment_name = accepted.segment_name

)

select * from final
