with

identity_map as (

    select * from {{ ref('identity_map') }}

),

identifier_rules as (

    select * from {{ ref('identifier_rules') }}

),

contact_points as (

    select * from {{ ref('contact_points') }}

),

ranked as (

    select
        identity_map.*,
        row_number() over (
            partition by identity_map.profile_id, identity_map.identifier_type
            order by
                case when identity_map.is_admitted then 0 else 1 end asc,
                identity_map.last_observed_at desc,
                identity_map.identifier_key asc
        ) as choice_number,
        row_number() over (
            partition by identity_map.profile_id
            order by
                case when identity_map.is_admitted then 0 else 1 end asc,
                coalesce(identifier_rules.priority, 0) desc,
                identity_map.identifier_key asc
        ) as weakness_number
    from identity_map
    left join identifier_rules on identity_map.identifier_type = identifier_rules.identifier_type

),

counted as (

    select
        profile_id,
        {%- for identifier_type in ['user_id', 'loyalty_id'] %}
        max(
            case
                when identifier_type = '{{ identifier_type }}' and choice_number = 1 and is_admitted
                    then identifier_normalised
            end
        ) as {{ identifier_type }},
        {%- endfor %}
        max(case when weakness_number = 1 and is_admitted then class_code end)
            as weakest_class_code,
        cast(count(*) as integer) as identifier_count,
        cast(sum(case when identifier_type = 'email' then 1 else 0 end) as integer) as email_count,
        cast(sum(case when identifier_type = 'phone' then 1 else 0 end) as integer) as phone_count,
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

),

reached as (

    select
        {%- for point_type in ['email', 'phone'] %}
        max(case when point_type_code = '{{ point_type }}' and place = 1 then contact_value end)
            as {{ point_type }},
        string_agg(
            case when point_type_code = '{{ point_type }}' and place > 1 then contact_value end,
            ', '
            order by place
        ) as {{ point_type }}_alternates_text,
        max(
            case
                when point_type_code = '{{ point_type }}' and place = 1 and is_verified then 1
                else 0
            end
        ) = 1 as is_{{ point_type }}_verified,
        max(
            case
                when point_type_code = '{{ point_type }}' and place = 1 and is_bouncing then 1
                else 0
            end
        ) = 1 as is_{{ point_type }}_bouncing,
        {%- endfor %}
        profile_id
    from contact_points
    group by profile_id

),

final as (

    select
        counted.profile_id,
        counted.user_id,
        counted.loyalty_id,
        reached.email,
        reached.email_alternates_text,
        reached.phone,
        reached.phone_alternates_text,
        counted.weakest_class_code,
        counted.identifier_count,
        counted.email_count,
        counted.phone_count,
        counted.device_count,
        counted.has_known_identifier,
        counted.has_admitted_identifier,
        coalesce(reached.is_email_verified, false) as is_email_verified,
        coalesce(reached.is_email_bouncing, false) as is_email_bouncing,
        counted.first_seen_at,
        counted.last_seen_at
    from counted
    left join reached on counted.profile_id = reached.profile_id

)

select * from final
