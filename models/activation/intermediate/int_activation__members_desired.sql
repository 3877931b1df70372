with

synced as (

    {{ cdp.union_syncs() }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

final as (

    select
        synced.sync_name,
        synced.audience_name,
        synced.segment_name,
        synced.profile_id,
        synced.key_field,
        synced.member_key,
        synced.identity_class_code,
        synced.rank_value,
        synced.evidence_json,
        synced.payload_json,
        {{ cdp.surrogate_key(['synced.payload_json']) }} as payload_hash,
        sync_catalog.purpose_code,
        sync_catalog.channel_code,
        sync_catalog.weakest_class_code,
        sync_catalog.priority_group,
        sync_catalog.priority_rank,
        sync_catalog.cap_members,
        count(*) over (
            partition by synced.sync_name, synced.audience_name, synced.member_key
        ) as claimant_count
    from synced
    inner join sync_catalog
        on synced.sync_name = sync_catalog.sync_name

)

select * from final
