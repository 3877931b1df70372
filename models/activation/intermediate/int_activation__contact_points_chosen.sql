{#-
    Not one that bounces if there is another, then the strongest evidence, then the address seen last:
    people keep their newest inbox.
-#}
with

identity_map as (

    select * from {{ ref('identity_map') }}

),

bouncing as (

    select identifier_key from {{ ref('contact_points') }}
    where is_bouncing

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
                case when bouncing.identifier_key is null then 0 else 1 end,
                {{ cdp.identity_class_rank('identity_map.class_code') }},
                identity_map.last_observed_at desc,
                {{ cdp.binary_order('identity_map.identifier_normalised') }},
                {{ cdp.binary_order('identity_map.identifier_key') }}
        ) as choice
    from identity_map
    left join bouncing
        on identity_map.identifier_key = bouncing.identifier_key

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
