-- The winner after each statement, where it differs from the one before. Someone merged into a
-- person brings their past along: it is told anew under the person of today.
with

statements as (

    select * from {{ ref('profile_trait_statements') }}
    where rule_code <> 'union'

),

-- Most traits were never said otherwise, however often: one step, at the first statement.
spans as (

    select
        profile_id,
        trait_name,
        min(observed_at) as first_observed_at,
        min(trait_value) <> max(trait_value) as is_disputed
    from statements
    group by profile_id, trait_name

),

-- distinct: statements of one moment are one step
moments as (

    select distinct
        statements.profile_id,
        statements.trait_name,
        statements.observed_at as as_of
    from statements
    inner join spans
        on
            statements.profile_id = spans.profile_id
            and statements.trait_name = spans.trait_name
    where
        spans.is_disputed
        or statements.observed_at = spans.first_observed_at

),

ranked as (

    {{ cdp.trait_statements_as_of(cdp.as_of(), moments='moments') }}

),

winners as (

    select
        profile_id,
        trait_name,
        trait_value,
        rule_code,
        source_name,
        record_key,
        as_of,
        lag(trait_value) over (
            partition by profile_id, trait_name
            order by as_of asc
        ) as previous_value
    from ranked
    where place = 1

),

changes as (

    select *
    from winners
    where
        previous_value is null
        or previous_value <> trait_value

),

final as (

    select
        profile_id,
        trait_name,
        cast(row_number() over (
            partition by profile_id, trait_name
            order by as_of asc
        ) as integer) as version_number,
        trait_value,
        previous_value,
        rule_code,
        source_name,
        record_key,
        as_of as valid_from_at,
        lead(as_of) over (
            partition by profile_id, trait_name
            order by as_of asc
        ) as valid_to_at
    from changes

)

select * from final
