{#-
    Every change with its payload as it will be sent, and what it waits for, if anything. Long for its
    lists of columns.
-#}
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

removals_as_sent as (

    select * from {{ ref('int_activation__removals_as_sent') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

changes as (

    select
        members_compared.sync_name,
        members_compared.audience_name,
        members_compared.member_key,
        members_compared.key_field,
        members_compared.profile_id,
        members_compared.operation_code,
        members_compared.reason_code,
        members_compared.purpose_code,
        members_compared.channel_code,
        members_compared.consent_version,
        case
            when members_compared.operation_code <> 'remove' then members_compared.payload_json
            when removals_as_sent.member_key is not null then removals_as_sent.payload_json
            else
                '{"' || members_compared.key_field || '": '
                || {{ cdp.json_string('members_compared.member_key') }} || '}'
        end as payload_json,
        members_compared.revision_count,
        members_compared.is_refused_by_person
    from members_compared
    left join removals_as_sent
        on
            members_compared.sync_name = removals_as_sent.sync_name
            and members_compared.audience_name = removals_as_sent.audience_name
            and members_compared.member_key = removals_as_sent.member_key

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

-- distinct: two of a person's former keys may go at once
leaving_under_another_key as (

    select distinct
        sync_name,
        audience_name,
        profile_id
    from removals_as_sent

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
            -- the vendor may know one account by both keys, and which request comes last decides
            when hashed.operation_code = 'add' and leaving_under_another_key.profile_id is not null
                then 'former_key_first'
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
    left join leaving_under_another_key
        on
            hashed.sync_name = leaving_under_another_key.sync_name
            and hashed.audience_name = leaving_under_another_key.audience_name
            and hashed.profile_id = leaving_under_another_key.profile_id

)

select * from final
