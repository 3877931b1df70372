with

synced as (

    {{ cdp.union_syncs() }}

),

destinations as (

    select * from {{ ref('destinations') }}

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
        synced.evidence_json,
        synced.payload_json,
        {{ cdp.surrogate_key(['synced.payload_json']) }} as payload_hash,
        destinations.purpose_code,
        destinations.channel_code,
        destinations.weakest_class_code,
        count(*) over (
            partition by synced.sync_name, synced.audience_name, synced.member_key
        ) as claimant_count
    from synced
    inner join destinations
        on synced.sync_name = destinations.sync_name

)

select * from final
