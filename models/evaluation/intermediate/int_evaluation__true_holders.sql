with

landed as (

    {{ cdp.landed('demo_truth', 'identifiers') }}

),

final as (

    select
        identifier_type,
        lower(identifier_value) as identifier_value,
        person_id,
        count(*) over (partition by identifier_type, lower(identifier_value)) as holder_count
    from landed
    where quarantine_reason is null

)

select * from final
