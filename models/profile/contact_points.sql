-- What proves an address or a number is a message that reached it. Most senders name their own id
-- of the person, not the address: it stands for the one that was last stated together with it.
with

identity_map as (

    select * from {{ ref('identity_map') }}
    where
        identifier_type in ('email', 'phone')
        and is_admitted

),

message_days as (

    {{ cdp.days_before('message_days', cdp.as_of()) }}

),

answered as (

    select
        identifier_key,
        case
            when channel_code = 'email' then 'email'
            when channel_code in ('sms', 'whatsapp') then 'phone'
        end as point_type_code,
        max(coalesce(last_engaged_at, last_delivered_at)) as last_proven_at,
        max(last_bounced_at) as last_bounced_at
    from message_days
    where channel_code in ('email', 'sms', 'whatsapp')
    group by
        identifier_key,
        case
            when channel_code = 'email' then 'email'
            when channel_code in ('sms', 'whatsapp') then 'phone'
        end

),

stated as (

    {{ cdp.stated_addresses('answered') }}

),

held as (

    select
        stated.address_key,
        answered.point_type_code,
        answered.last_proven_at,
        answered.last_bounced_at
    from answered
    inner join stated
        on
            answered.identifier_key = stated.sender_key
            and answered.point_type_code = stated.point_type_code

),

evidence as (

    select
        identifier_key,
        point_type_code,
        last_proven_at,
        last_bounced_at
    from answered

    union all

    select
        address_key as identifier_key,
        point_type_code,
        last_proven_at,
        last_bounced_at
    from held

),

proven as (

    select
        identifier_key,
        point_type_code,
        max(last_proven_at) as last_proven_at,
        max(last_bounced_at) as last_bounced_at
    from evidence
    group by identifier_key, point_type_code

),

final as (

    select
        identity_map.profile_id,
        identity_map.identifier_key,
        identity_map.identifier_type as point_type_code,
        identity_map.identifier_normalised as contact_value,
        identity_map.class_code,
        cast(row_number() over (
            partition by identity_map.profile_id, identity_map.identifier_type
            order by
                identity_map.last_observed_at desc,
                identity_map.identifier_key asc
        ) as integer) as place,
        coalesce(
            proven.last_proven_at is not null
            and (
                proven.last_bounced_at is null
                or proven.last_proven_at > proven.last_bounced_at
            ),
            false
        ) as is_verified,
        coalesce(
            proven.last_bounced_at is not null
            and (
                proven.last_proven_at is null
                or proven.last_bounced_at >= proven.last_proven_at
            ),
            false
        ) as is_bouncing,
        proven.last_proven_at,
        proven.last_bounced_at,
        identity_map.first_observed_at,
        identity_map.last_observed_at
    from identity_map
    left join proven
        on
            identity_map.identifier_key = proven.identifier_key
            and identity_map.identifier_type = proven.point_type_code

)

select * from final
