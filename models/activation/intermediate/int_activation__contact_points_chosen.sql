{#-
    Not one that bounced if there is another, then the strongest evidence, then the address seen last:
    people keep their newest inbox.
-#}
with

identity_map as (

    select * from {{ ref('identity_map') }}

),

-- distinct: a number may be dead on several channels
bounced as (

    select distinct identifier_key from {{ ref('open_bounces') }}
    where is_address

),

ranked as (

    select
        identity_map.profile_id,
        identity_map.identifier_type,
        identity_map.identifier_normalised,
        identity_map.class_code,
        row_number() over (
            partition by identity_map.profile_id, identity_map.identifier_type
            order by
                case when bounced.identifier_key is null then 0 else 1 end,
                {{ cdp.identity_class_rank('identity_map.class_code') }},
                identity_map.last_observed_at desc,
                {{ cdp.binary_order('identity_map.identifier_normalised') }},
                {{ cdp.binary_order('identity_map.identifier_key') }}
        ) as choice
    from identity_map
    left join bounced
        on identity_map.identifier_key = bounced.identifier_key

),

final as (

    select
        profile_id,
        identifier_type,
        identifier_normalised,
        class_code
    from ranked
    where choice = 1

)

select * from final
