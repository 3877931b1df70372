with

devices as (

    select * from {{ ref('devices') }}
    where last_seen_at < {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

ranked as (

    select
        identity_map.profile_id,
        devices.os_name,
        devices.browser_name,
        row_number() over (
            partition by identity_map.profile_id
            order by
                devices.last_seen_at desc,
                {{ cdp.binary_order('devices.source_name') }} asc,
                {{ cdp.binary_order('devices.record_key') }} asc
        ) as choice_number
    from devices
    inner join identity_map on devices.identifier_key = identity_map.identifier_key

),

final as (

    select
        profile_id,
        os_name,
        browser_name
    from ranked
    where choice_number = 1

)

select * from final
