-- BG/NBD (Fader, Hardie and Lee 2005) and Gamma-Gamma (2013) in closed form. The expected number of
-- purchases has a Gaussian hypergeometric function of (orders, age) alone. Euler's transformation
-- makes it a series that converges fast and holds at a = 1 as well; it is summed here by recursion,
-- once per pair of orders and age, until a term is below 1e-12. Weeks are the unit of time.
with recursive

champions as (

    select * from {{ ref('model_champions') }}
    where model_name = 'lifetime_value_365_days'

),

registered as (

    {{ cdp.ledger_table('model_parameter', 'prediction_registry') }}

),

fitted as (

    select
        champions.version_number,
        max(case when registered.parameter_name = 'r' then registered.parameter_value end) as r,
        max(case when registered.parameter_name = 'alpha' then registered.parameter_value end)
            as alpha,
        max(case when registered.parameter_name = 'a' then registered.parameter_value end) as a,
        max(case when registered.parameter_name = 'b' then registered.parameter_value end) as b,
        max(case when registered.parameter_name = 'p' then registered.parameter_value end) as p,
        max(case when registered.parameter_name = 'q' then registered.parameter_value end) as q,
        max(case when registered.parameter_name = 'v' then registered.parameter_value end) as v,
        cast(365 as double precision) / 7 as horizon
    from champions
    inner join registered
        on
            champions.model_name = registered.model_name
            and champions.version_number = registered.version_number
    group by champions.version_number

),

buyers as (

    select
        profile_id,
        order_count - 1 as repeats,
        cast(last_order_date - first_order_date as double precision) / 7 as recency,
        days_since_first_order / 7 as age,
        repeat_amount
    from {{ ref('int_predictions__features') }}
    where days_before = 0 and is_buyer

),

ages as (

    select
        buyers.repeats,
        buyers.age,
        fitted.horizon / (fitted.alpha + buyers.age + fitted.horizon) as z,
        fitted.a + fitted.b - 1 - fitted.r as lead_in,
        fitted.a - 1 as excess,
        fitted.a + fitted.b + buyers.repeats - 1 as base
    from buyers
    -- One row of parameters, or none.
    cross join fitted
    group by
        buyers.repeats,
        buyers.age,
        fitted.horizon,
        fitted.alpha,
        fitted.a,
        fitted.b,
        fitted.r

),

series as (

    select
        repeats,
        age,
        z,
        lead_in,
        excess,
        base,
        cast(1 as integer) as step,
        lead_in * z as term,
        lead_in * z as total
    from ages
    union all
    select
        repeats,
        age,
        z,
        lead_in,
        excess,
        base,
        step + 1 as step,
        term * (lead_in + step) * (excess + step) / ((base + step) * (step + 1)) * z as term,
        total
        + term * (lead_in + step) * (excess + step) / ((base + step) * (step + 1)) * z as total
    from series
    where abs(term) > 1e-12 and step < 5000

),

summed as (

    select
        repeats,
        age,
        base * case
            when abs(excess) < 1e-9 then -ln(1 - z)
            else (1 - exp(excess * ln(1 - z))) / excess
        end - exp(excess * ln(1 - z)) * total as unscaled_purchases
    from series
    where not (abs(term) > 1e-12 and step < 5000)

),

scored as (

    select
        buyers.profile_id,
        fitted.version_number,
        summed.unscaled_purchases,
        1 / (
            1 + case
                when buyers.repeats > 0
                    then
                        fitted.a / (fitted.b + buyers.repeats - 1)
                        * exp(least(
                            (fitted.r + buyers.repeats)
                            * ln((fitted.alpha + buyers.age) / (fitted.alpha + buyers.recency)),
                            cast(600 as double precision)
                        ))
                else 0
            end
        ) as alive_score,
        fitted.p * (fitted.v + buyers.repeat_amount)
        / (fitted.p * buyers.repeats + fitted.q - 1) as expected_amount
    from buyers
    inner join summed on buyers.repeats = summed.repeats and buyers.age = summed.age
    -- One row of parameters, or none.
    cross join fitted

),

-- Trees say what is spent where they did so better in the back-test.
learned as (

    select
        profile_id,
        raw_score
    from {{ ref('int_predictions__model_scores') }}
    where model_name = 'lifetime_value_365_days'

),

final as (

    select
        scored.profile_id,
        scored.version_number,
        scored.alive_score,
        scored.unscaled_purchases * scored.alive_score as expected_order_count,
        scored.expected_amount as expected_order_amount,
        coalesce(
            learned.raw_score,
            scored.unscaled_purchases * scored.alive_score * scored.expected_amount
        ) as expected_spend_amount
    from scored
    left join learned on scored.profile_id = learned.profile_id

)

select * from final
