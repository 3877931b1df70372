{#-
    Vendors that find people by whatever they were given keep somebody who was uploaded by address and
    number and is taken out by address alone: which of the two matched, they do not say. So a removal
    there names all that was sent, in the order of the declaration, but what alone would find somebody
    else who is to stay: an address or number that has passed on.
-#}
with

removed as (

    select * from {{ ref('int_activation__members_compared') }}
    where
        operation_code = 'remove'
        and sent_json is not null

),

-- distinct: an audience loses many
audiences as (

    select distinct
        sync_name,
        audience_name
    from removed

),

staying as (

    select members_judged.*
    from {{ ref('int_activation__members_judged') }} as members_judged
    inner join audiences
        on
            members_judged.sync_name = audiences.sync_name
            and members_judged.audience_name = audiences.audience_name
    where members_judged.refusal_code is null

),

sent as (

    {{ cdp.sent_values('removed', 'sent_json') }}

),

wanted as (

    {{ cdp.sent_values('staying', 'payload_json', alone=true) }}

),

-- distinct: several may share a number
others as (

    select distinct
        sent.sync_name,
        sent.audience_name,
        sent.member_key,
        sent.field_name
    from sent
    inner join wanted
        on
            sent.sync_name = wanted.sync_name
            and sent.audience_name = wanted.audience_name
            and sent.field_name = wanted.field_name
            and sent.field_value = wanted.field_value
            and sent.member_key <> wanted.member_key

),

final as (

    select
        removed.sync_name,
        removed.audience_name,
        removed.member_key,
        removed.profile_id,
        '{' || string_agg(
            '"' || sent.field_name || '": ' || {{ cdp.json_string('sent.field_value') }},
            ', ' order by sent.field_place
        ) || '}' as payload_json
    from removed
    inner join sent
        on
            removed.sync_name = sent.sync_name
            and removed.audience_name = sent.audience_name
            and removed.member_key = sent.member_key
    left join others
        on
            sent.sync_name = others.sync_name
            and sent.audience_name = others.audience_name
            and sent.member_key = others.member_key
            and sent.field_name = others.field_name
    where
        others.field_name is null
        or sent.field_name = removed.key_field
    group by
        removed.sync_name,
        removed.audience_name,
        removed.member_key,
        removed.profile_id

)

select * from final
