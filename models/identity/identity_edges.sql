with

links as (

    select * from {{ ref('int_identity__links_observed') }}

),

final as (

    select
        edge_key,
        low_key as identifier_key,
        high_key as linked_identifier_key,
        low_type as identifier_type,
        high_type as linked_identifier_type,
        class_code,
        source_name,
        record_key,
        record_count,
        low_id as identifier_id,
        high_id as linked_identifier_id,
        first_observed_at,
        last_observed_at,
        first_received_at,
        is_manual
    from links

)

select * from final
