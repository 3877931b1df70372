{#- Strongest evidence first, then the address seen last: people keep their newest inbox. -#}
with

identity_map as (

    select * from {{ ref('identity_map') }}

),

ranked as (

    select
        profile_id,
        identifier_type,
        identifier_normalised,
        class_code,
        row_number() over (
            partition by profile_id, identifier_type
            order by
                {{ cdp.identity_class_rank('class_code') }},
                last_observed_at desc,
                {{ cdp.binary_order('identifier_normalised') }},
                {{ cdp.binary_order('identifier_key') }}
        ) as choice
    from identity_map

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
