{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false,
) }}
-- A log: the cause is looked up in the run that took them apart, since the link that a limit drops
-- today may be gone tomorrow.
with

keyed as (

    select
        *,
        {{ cdp.surrogate_key(['from_profile_id', 'to_profile_id', 'moved_at']) }} as split_key
    from {{ ref('int_identity__moves') }}
    where
        is_from_alive
        or to_minted_at = moved_at

),

{% if is_incremental() %}
logged as (

    select split_key from {{ this }}

),
{% else %}
logged as (

    select cast(null as varchar) as split_key
    where 1 = 0

),
{% endif %}

moves as (

    select keyed.*
    from keyed
    left join logged on keyed.split_key = logged.split_key
    where logged.split_key is null

),

history as not materialized (

    select * from {{ ref('identity_map_history') }}

),

conflicts as (

    select * from {{ ref('identity_conflicts') }}
    where is_dropped

),

rejections as (

    select * from {{ ref('identity_rejections') }}
    where identifier_key is not null

),

-- Who was in the profile until then, and who of them left for the other one.
members as (

    select
        moves.split_key,
        earlier.identifier_key,
        later.identifier_key is not null as is_moved
    from moves
    inner join history as earlier
        on
            moves.from_profile_id = earlier.profile_id
            and moves.moved_at > earlier.valid_from_at
            and moves.moved_at <= coalesce(earlier.valid_to_at, moves.moved_at)
    left join history as later
        on
            earlier.identifier_key = later.identifier_key
            and moves.to_profile_id = later.profile_id
            and moves.moved_at = later.valid_from_at

),

found as (

    select
        near_end.split_key,
        case when conflicts.limited_type like 'unlink:%' then 1 else 2 end as cause_rank,
        case when conflicts.limited_type like 'unlink:%' then 'override' else 'limit' end
            as cause_code,
        conflicts.reason_text,
        conflicts.edge_key,
        conflicts.source_name,
        conflicts.record_key,
        conflicts.conflict_key as found_key
    from conflicts
    inner join members as near_end on conflicts.identifier_key = near_end.identifier_key
    inner join members as far_end
        on
            conflicts.linked_identifier_key = far_end.identifier_key
            and near_end.split_key = far_end.split_key
            and near_end.is_moved <> far_end.is_moved

    union all

    select
        members.split_key,
        case when members.is_moved then 3 else 4 end as cause_rank,
        case when rejections.reason_code = 'blocked_by_hand' then 'override' else 'refusal' end
            as cause_code,
        rejections.identifier_type || ' ' || rejections.reason_text as reason_text,
        cast(null as varchar) as edge_key,
        cast(null as varchar) as source_name,
        cast(null as varchar) as record_key,
        rejections.rejection_key as found_key
    from rejections
    inner join members on rejections.identifier_key = members.identifier_key

),

causes as (

    select
        *,
        row_number() over (
            partition by split_key
            order by cause_rank asc, found_key asc
        ) as cause_number
    from found

),

final as (

    select
        moves.split_key,
        moves.from_profile_id,
        moves.to_profile_id as profile_id,
        cast(coalesce(causes.cause_code, 'link_gone') as varchar) as cause_code,
        causes.edge_key as cause_edge_key,
        causes.source_name as cause_source_name,
        causes.record_key as cause_record_key,
        cast(coalesce(
            causes.reason_text,
            'nothing links them any more: a record was deleted or changed, or a decision ended'
        ) as varchar) as cause_text,
        cast(moves.identifier_count as integer) as identifier_count,
        moves.moved_at as split_at
    from moves
    left join causes
        on
            moves.split_key = causes.split_key
            and causes.cause_number = 1

)

select * from final
