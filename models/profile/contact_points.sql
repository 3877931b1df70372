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
        max(coalesce(last_engaged_at, last_delivered_at)) as last_proven_at,
        max(last_bounced_at) as last_bounced_at
    from message_days
    group by identifier_key

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
            answered.last_proven_at is not null
            and (
                answered.last_bounced_at is null
                or answered.last_proven_at > answered.last_bounced_at
            ),
            false
        ) as is_verified,
        coalesce(
            answered.last_bounced_at is not null
            and (
                answered.last_proven_at is null
                or answered.last_bounced_at >= answered.last_proven_at
            ),
            false
        ) as is_bouncing,
        answered.last_proven_at,
        answered.last_bounced_at,
        identity_map.first_observed_at,
        identity_map.last_observed_at
    from identity_map
    left join answered on identity_map.identifier_key = answered.identifier_key

)

select * from final
