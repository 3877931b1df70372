with

members_compared as (

    select * from {{ ref('int_activation__members_compared') }}

),

sync_guards as (

    select * from {{ ref('sync_guards') }}

),

sync_dead_letters as (

    select * from {{ ref('sync_dead_letters') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

changes as (

    select
        sync_name,
        audience_name,
        member_key,
        key_field,
        profile_id,
        operation_code,
        reason_code,
        purpose_code,
        channel_code,
        consent_version,
        case
            when operation_code = 'remove'
                then '{"' || key_field || '": ' || {{ cdp.json_string('member_key') }} || '}'
            else payload_json
        end as payload_json,
        revision_count,
        is_refused_by_person
    from members_compared

),

hashed as (

    select
        changes.*,
        {{ cdp.surrogate_key(['changes.payload_json']) }} as payload_hash
    from changes

),

-- a member the destination refused waits until its payload changes or some days have passed, a
-- removal, whose payload never changes, a day at most; those refused for want of consent are judged
-- by consent alone
refused_there as (

    select
        sync_dead_letters.sync_name,
        sync_dead_letters.audience_name,
        sync_dead_letters.member_key,
        sync_dead_letters.payload_hash
    from sync_dead_letters
    inner join sync_catalog
        on sync_dead_letters.sync_name = sync_catalog.sync_name
    where
        sync_dead_letters.resolved_at is null
        and sync_dead_letters.reason_class_code <> 'consent'
        and sync_dead_letters.last_seen_at + interval '1 day' * case
            when sync_dead_letters.operation_code = 'remove' then least(sync_catalog.retry_days, 1)
            else sync_catalog.retry_days
        end > {{ cdp.as_of() }}
    group by
        sync_dead_letters.sync_name,
        sync_dead_letters.audience_name,
        sync_dead_letters.member_key,
        sync_dead_letters.payload_hash

),

final as (

    select
        hashed.sync_name,
        hashed.audience_name,
        hashed.member_key,
        hashed.key_field,
        hashed.profile_id,
        hashed.operation_code,
        hashed.reason_code,
        case
            when
                hashed.operation_code = 'remove'
                and not hashed.is_refused_by_person
                and sync_guards.guard_code is not null
                then sync_guards.guard_code
            when hashed.operation_code = 'add' and sync_guards.add_guard_code is not null
                then sync_guards.add_guard_code
            when refused_there.member_key is not null then 'dead_letter'
        end as hold_code,
        hashed.purpose_code,
        hashed.channel_code,
        hashed.consent_version,
        hashed.payload_json,
        hashed.payload_hash,
        hashed.revision_count
    from hashed
    inner join sync_guards
        on
            hashed.sync_name = sync_guards.sync_name
            and hashed.audience_name = sync_guards.audience_name
    left join refused_there
        on
            hashed.sync_name = refused_there.sync_name
            and hashed.audience_name = refused_there.audience_name
            and hashed.member_key = refused_there.member_key
            and hashed.payload_hash = refused_there.payload_hash

)

select * from final
