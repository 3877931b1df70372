with

identity_map as (

    select * from {{ ref('identity_map') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by profile_id, identifier_type
            order by
                case when is_admitted then 0 else 1 end asc,
                last_observed_at desc,
                identifier_key asc
        ) as choice_number
    from identity_map

),

final as (

    select
        profile_id,
        max(
            case
                when identifier_type = 'user_id' and choice_number = 1 and is_admitted
                    then identifier_normalised
            end
        ) as user_id,
        max(
            case
                when identifier_type = 'email' and choice_number = 1 and is_admitted
                    then identifier_normalised
            end
        ) as email,
        max(
            case
                when identifier_type = 'phone' and choice_number = 1 and is_admitted
                    then identifier_normalised
            end
        ) as phone,
        max(
            case
                when identifier_type = 'loyalty_id' and choice_number = 1 and is_admitted
                    then identifier_normalised
            end
        ) as loyalty_id,
        cast(count(*) as integer) as identifier_count,
        cast(sum(case when identifier_type = 'email' then 1 else 0 end) as integer) as email_count,
        cast(sum(
            case when identifier_type in ('anonymous_id', 'device_id') then 1 else 0 end
        ) as integer) as device_count,
        max(
            case
                when is_admitted and class_code in ('login', 'verified', 'declared') then 1
                else 0
            end
        ) = 1 as has_known_identifier,
        max(case when is_admitted then 1 else 0 end) = 1 as has_admitted_identifier,
        min(first_observed_at) as first_seen_at,
        max(last_observed_at) as last_seen_at
    from ranked
    group by profile_id

)

select * from final
