with

tickets as (

    select * from {{ ref('support_tickets') }}
    where opened_at <= {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

owned as (

    select
        identity_map.profile_id,
        tickets.status_code,
        tickets.satisfaction_code,
        tickets.opened_at,
        row_number() over (
            partition by identity_map.profile_id
            order by
                case when tickets.satisfaction_code is null then 1 else 0 end asc,
                tickets.updated_at desc,
                tickets.source_name asc,
                {{ cdp.binary_order('tickets.ticket_id') }} asc
        ) as rating_number
    from tickets
    inner join identity_map on tickets.identifier_key = identity_map.identifier_key

),

final as (

    select
        profile_id,
        cast(count(*) as integer) as ticket_count,
        cast(sum(case when status_code <> 'solved' then 1 else 0 end) as integer)
            as open_ticket_count,
        max(case when rating_number = 1 then satisfaction_code end) as last_satisfaction_code,
        max(opened_at) as last_ticket_at
    from owned
    group by profile_id

)

select * from final
