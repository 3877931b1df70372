-- Integer keys for identifiers, given once and kept, also by a full refresh: components are
-- computed on integers, which is several times faster than on text
-- (docs/decisions/0003-connected-components.md).
with

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

-- Who is new is touched.
touched as (

    select identifier_key
    from {{ ref('int_identity__touched') }}
    where changed_in_run > (select highest.given_in_run from highest)

),

known_touched as (

    select identifier_key
    from known
    where identifier_key in (select touched.identifier_key from touched)

),

final as (

    select
        touched.identifier_key,
        highest.identifier_id
        + row_number() over (order by touched.identifier_key) as identifier_id,
        {{ cdp.run_number() }} as given_in_run
    from touched
    -- One row: the highest key given so far.
    cross join highest
    left join known_touched on touched.identifier_key = known_touched.identifier_key
    where known_touched.identifier_key is null

)

select * from final
