with

buyers as (

    select
        profile_id,
        cutoff_date,
        first_order_date,
        last_order_date,
        cast(order_count as integer) as order_count
    from {{ ref('int_predictions__features') }}
    where days_before = 0 and is_buyer

),

-- Days from today, by a model that beat the simple rules in its back-test.
predicted as (

    select
        profile_id,
        cast(floor(score + 0.5) as integer) as wait_days
    from {{ ref('profile_scores') }}
    where model_name = 'next_order_days' and method_code = 'model'

),

everybody as (

    select
        sum(order_count - 1) as gap_count,
        cast(sum(last_order_date - first_order_date) as double precision)
        / nullif(sum(order_count - 1), 0) as gap_days
    from buyers

),

-- A person of one gap is half like everybody, one of ten is nearly their own.
expected as (

    select
        buyers.profile_id,
        buyers.cutoff_date,
        buyers.last_order_date,
        buyers.order_count - 1 as gap_count,
        case
            when everybody.gap_count >= {{ var('next_order_gaps_min') }}
                then
                    cast(floor(
                        (
                            (buyers.last_order_date - buyers.first_order_date)
                            + {{ var('next_order_prior_gaps') }} * everybody.gap_days
                        ) / (buyers.order_count - 1 + {{ var('next_order_prior_gaps') }})
                        + 0.5
                    ) as integer)
        end as gap_days
    from buyers
    -- One row.
    cross join everybody

),

final as (

    select
        expected.profile_id,
        cast(
            case
                when predicted.profile_id is not null then 'model'
                when expected.gap_days is null then 'too_few_gaps'
                when expected.gap_count > 0 then 'own_gaps'
                else 'everybodys_gaps'
            end as varchar
        ) as basis_code,
        cast(expected.gap_count as integer) as gap_count,
        expected.gap_days as expected_gap_days,
        coalesce(expected.last_order_date + expected.gap_days < expected.cutoff_date, false)
            as is_overdue,
        cast(
            coalesce(
                expected.cutoff_date + predicted.wait_days,
                expected.last_order_date + expected.gap_days
            ) as date
        ) as expected_order_date,
        expected.cutoff_date as scored_on
    from expected
    left join predicted on expected.profile_id = predicted.profile_id

)

select * from final
