{#-
    A view, to be asked about one person or one day: the whole of it is as large as all audiences ever
    were. Which day: entered_at and left_at.
-#}
with

sync_memberships as (

    select * from {{ ref('sync_memberships') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

segment_history as (

    select * from {{ ref('segment_history') }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

identity_edges as (

    select * from {{ ref('identity_edges') }}

),

-- every link touches two identifiers of one person, so it is found by either
edges as (

    select
        identity_map.profile_id,
        count(*) as edge_count,
        string_agg(
            identity_edges.edge_key, ' '
            order by {{ cdp.binary_order('identity_edges.edge_key') }}
        ) as edge_keys_text
    from identity_edges
    inner join identity_map on identity_edges.identifier_key = identity_map.identifier_key
    group by identity_map.profile_id

),

reasons as (

    select
        sync_memberships.membership_key,
        segment_history.rule_version,
        segment_history.entered_evidence_json as evidence_json,
        row_number() over (
            partition by sync_memberships.membership_key
            order by
                segment_history.entered_at desc,
                {{ cdp.binary_order('segment_history.spell_key') }}
        ) as recency
    from sync_memberships
    inner join sync_catalog
        on sync_memberships.sync_name = sync_catalog.sync_name
    inner join segment_history
        on
            sync_catalog.segment_name = segment_history.segment_name
            and sync_memberships.profile_id = segment_history.profile_id
            and sync_memberships.entered_at >= segment_history.entered_at

),

final as (

    select
        sync_memberships.membership_key,
        sync_memberships.profile_id,
        sync_memberships.sync_name,
        sync_catalog.destination_code,
        sync_memberships.audience_name,
        sync_memberships.member_key,
        sync_catalog.segment_name,
        reasons.rule_version,
        reasons.evidence_json,
        edges.edge_keys_text,
        sync_memberships.purpose_code,
        sync_memberships.channel_code,
        sync_memberships.consent_version,
        sync_memberships.payload_hash,
        sync_memberships.entered_batch_id,
        sync_memberships.entered_outcome_code,
        sync_memberships.entered_vendor_job_id,
        sync_memberships.left_because_code,
        sync_memberships.left_batch_id,
        sync_memberships.entered_http_status,
        coalesce(edges.edge_count, 0) as edge_count,
        sync_memberships.entered_at,
        sync_memberships.left_at
    from sync_memberships
    left join sync_catalog
        on sync_memberships.sync_name = sync_catalog.sync_name
    left join reasons
        on
            sync_memberships.membership_key = reasons.membership_key
            and reasons.recency = 1
    left join edges
        on sync_memberships.profile_id = edges.profile_id

)

select * from final
