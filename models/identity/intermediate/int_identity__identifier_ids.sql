-- Integer keys for identifiers, given once and kept: components are computed on integers, which is
-- several times faster than on text (docs/decisions/0003-connected-components.md).
with

identifiers as (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

{% if is_incremental() %}
known as (

    select * from {{ this }}

),
{% else %}
known as (

    select
        cast(null as varchar) as identifier_key,
        cast(0 as bigint) as identifier_id,
        cast(0 as bigint) as given_in_run
    where 1 = 0

),
{% endif %}

highest as (

    select
        coalesce(max(identifier_id), 0) as identifier_id,
        coalesce(max(given_in_run), 0) as given_in_run
    from known

),

final as (

    select
        identifiers.identifier_key,
        highest.identifier_id
        + row_number() over (order by identifiers.identifier_key) as identifier_id,
        {{ cdp.run_number() }} as given_in_run
    from identifiers
    -- One row: the highest key given so far.
    cross join highest
    left join known on identifiers.identifier_key = known.identifier_key
    where
        identifiers.changed_in_run > highest.given_in_run
        and known.identifier_key is null

)

select * from final
