{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='append_new_columns',
    full_refresh=false,
) }}
-- A log: the cause is looked up in the run that merged them, since its record may be gone tomorrow.
with

keyed as (

    select
        *,
        {{ cdp.surrogate_key(['from_profile_id', 'to_profile_id', 'moved_at']) }} as merge_key
    from {{ ref('int_identity__moves') }}
    where
        not is_from_alive
        and to_minted_at < moved_at

),

{% if is_incremental() %}
logged as (

    select merge_key from {{ this }}

),
{% else %}
logged as (

    select cast(null as varchar) as merge_key
    where 1 = 0

),
{% endif %}

moves as (

    select keyed.*
    from keyed
    left join logged on keyed.merge_key = logged.merge_key
    where logged.merge_key is null

),

history as not materialized (

    select * from {{ ref('identity_map_history') }}

),

edges as not materialized (

    select
        edge_key,
        identifier_key,
        linked_identifier_key,
        source_name,
        record_key,
        first_received_at
    from {{ ref('identity_edges') }}

    union all

    select
        scored_link_key as edge_key,
        identifier_key,
        linked_identifier_key,
        cast('identity_scored_links' as varchar) as source_name,
        scored_link_key as record_key,
        cast(null as timestamp) as first_received_at
    from {{ ref('identity_scored_links') }}
    where decision_code = 'joined'

),

moved_ids as (

    select
        moves.from_profile_id,
        moves.to_profile_id,
        moves.moved_at,
        history.identifier_key
    from moves
    inner join history
        on
            moves.from_profile_id = history.profile_id
            and moves.moved_at = history.valid_to_at

),

-- A join by one end or the other would compare every link with every identifier that moved.
ends as (

    select
        edge_key,
        source_name,
        record_key,
        first_received_at,
        identifier_key,
        linked_identifier_key
    from edges
    where
        identifier_key in (
            select moved_ids.identifier_key
            from moved_ids
        )

    union all

    select
        edge_key,
        source_name,
        record_key,
        first_received_at,
        linked_identifier_key as identifier_key,
        identifier_key as linked_identifier_key
    from edges
    where
        linked_identifier_key in (
            select moved_ids.identifier_key
            from moved_ids
        )

),

-- The links between what was one profile and what was the other, else those to what came to both
-- in the same run; the latest to arrive is the cause.
causes as (

    select
        moved_ids.from_profile_id,
        moved_ids.to_profile_id,
        moved_ids.moved_at,
        ends.edge_key,
        ends.source_name,
        ends.record_key,
        row_number() over (
            partition by moved_ids.from_profile_id, moved_ids.to_profile_id, moved_ids.moved_at
            order by
                case when moved_ids.moved_at > kept_ids.valid_from_at then 0 else 1 end,
                ends.first_received_at desc nulls last,
                ends.edge_key asc
        ) as cause_number
    from moved_ids
    inner join ends on moved_ids.identifier_key = ends.identifier_key
    inner join history as kept_ids
        on
            ends.linked_identifier_key = kept_ids.identifier_key
            and moved_ids.to_profile_id = kept_ids.profile_id
            and moved_ids.moved_at >= kept_ids.valid_from_at
    left join moved_ids as also_moved
        on
            ends.linked_identifier_key = also_moved.identifier_key
            and moved_ids.from_profile_id = also_moved.from_profile_id
            and moved_ids.moved_at = also_moved.moved_at
    where also_moved.identifier_key is null

),

final as (

    select
        moves.merge_key,
        moves.from_profile_id,
        moves.to_profile_id as profile_id,
        causes.edge_key as cause_edge_key,
        causes.source_name as cause_source_name,
        causes.record_key as cause_record_key,
        cast(moves.identifier_count as integer) as identifier_count,
        moves.moved_at as merged_at
    from moves
    left join causes
        on
            moves.from_profile_id = causes.from_profile_id
            and moves.to_profile_id = causes.to_profile_id
            and moves.moved_at = causes.moved_at
            and causes.cause_number = 1

)

select * from final
