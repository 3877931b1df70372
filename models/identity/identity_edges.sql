with

links as (

    select * from {{ ref('int_identity__links_observed') }}

),

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

ids as (

    select * from {{ ref('int_identity__identifier_ids') }}

),

rules as (

    select * from {{ ref('identifier_rules') }}

),

final as (

    select
        {{ cdp.surrogate_key(['links.low_key', 'links.high_key']) }} as edge_key,
        links.low_key as identifier_key,
        links.high_key as linked_identifier_key,
        low_end.identifier_type,
        high_end.identifier_type as linked_identifier_type,
        -- A link is as strong as its weaker end; what a person decided is verified.
        case
            when links.is_manual then 'verified'
            when low_rule.priority > high_rule.priority then low_rule.class_code
            else high_rule.class_code
        end as class_code,
        links.source_name,
        links.record_key,
        cast(links.record_count as integer) as record_count,
        low_id.identifier_id,
        high_id.identifier_id as linked_identifier_id,
        links.first_observed_at,
        links.last_observed_at,
        links.first_received_at,
        links.is_manual
    from links
    inner join identifiers as low_end on links.low_key = low_end.identifier_key
    inner join identifiers as high_end on links.high_key = high_end.identifier_key
    inner join ids as low_id on links.low_key = low_id.identifier_key
    inner join ids as high_id on links.high_key = high_id.identifier_key
    inner join rules as low_rule on low_end.identifier_type = low_rule.identifier_type
    inner join rules as high_rule on high_end.identifier_type = high_rule.identifier_type

)

select * from final
