-- Winners and losers: nothing that was said of a person is thrown away.
with

ranked as (

    {{ cdp.trait_statements_as_of(cdp.as_of()) }}

),

final as (

    select
        profile_id,
        trait_name,
        trait_value,
        rule_code,
        source_name,
        record_key,
        class_code,
        statement_count,
        place,
        observed_at
    from ranked

)

select * from final
