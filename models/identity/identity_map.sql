with

final as (

    select
        identifier_key,
        identifier_type,
        identifier_namespace,
        identifier_normalised,
        class_code,
        profile_id,
        priority,
        is_admitted,
        first_observed_at,
        last_observed_at
    from {{ ref('int_identity__map_current') }}

)

select * from final
