-- Long by purpose: people and companies are compared in one way.
with

champions as (

    select * from {{ ref('model_champions') }}

),

effects as (

    {{ cdp.ledger_table('model_effect', 'prediction_registry') }}

),

scores as (

    select
        model_name,
        profile_id,
        score
    from {{ ref('profile_scores') }}
    where method_code = 'model'

),

account_scores as (

    select
        model_name,
        account_id,
        score
    from {{ ref('account_scores') }}
    where method_code = 'model'

),

features as (

    select * from {{ ref('int_predictions__features') }}
    where days_before = 0

),

feature_rows as (

    {{ cdp.feature_rows('features') }}

),

account_features as (

    select * from {{ ref('int_predictions__account_features') }}
    where days_before = 0

),

account_feature_rows as (

    {{ cdp.feature_rows('account_features', 'account', 'account_id') }}

),

value_rows as (

    select
        scores.model_name,
        feature_rows.feature_name,
        feature_rows.feature_value
    from scores
    inner join feature_rows on scores.profile_id = feature_rows.profile_id
    union all
    select
        account_scores.model_name,
        account_feature_rows.feature_name,
        account_feature_rows.feature_value
    from account_scores
    inner join account_feature_rows on account_scores.account_id = account_feature_rows.account_id
    union all
    select
        model_name,
        'score' as feature_name,
        cast(score as double precision) as feature_value
    from scores
    union all
    select
        model_name,
        'score' as feature_name,
        cast(score as double precision) as feature_value
    from account_scores

),

champion_ranges as (

    select
        effects.model_name,
        effects.version_number,
        effects.feature_name,
        effects.bin_number,
        effects.lower_bound,
        effects.upper_bound,
        effects.training_share
    from effects
    inner join champions
        on
            effects.model_name = champions.model_name
            and effects.version_number = champions.version_number

),

counted as (

    select
        champion_ranges.model_name,
        champion_ranges.version_number,
        champion_ranges.feature_name,
        champion_ranges.bin_number,
        champion_ranges.training_share,
        count(value_rows.feature_value) as today_count
    from champion_ranges
    left join value_rows
        on
            champion_ranges.model_name = value_rows.model_name
            and champion_ranges.feature_name = value_rows.feature_name
            and coalesce(champion_ranges.lower_bound, value_rows.feature_value)
            <= value_rows.feature_value
            and (
                champion_ranges.upper_bound is null
                or champion_ranges.upper_bound > value_rows.feature_value
            )
    group by
        champion_ranges.model_name,
        champion_ranges.version_number,
        champion_ranges.feature_name,
        champion_ranges.bin_number,
        champion_ranges.training_share

),

shared as (

    select
        model_name,
        version_number,
        feature_name,
        bin_number,
        greatest(training_share, 0.0001) as training_share,
        greatest(
            cast(today_count as double precision)
            / nullif(sum(today_count) over (partition by model_name, feature_name), 0),
            0.0001
        ) as today_share
    from counted

),

indexed as (

    select
        model_name,
        version_number,
        feature_name,
        cast(
            sum((today_share - training_share) * ln(today_share / training_share))
            as numeric(18, 6)
        ) as stability_index
    from shared
    group by model_name, version_number, feature_name

),

final as (

    select
        model_name,
        version_number,
        feature_name,
        stability_index,
        coalesce(stability_index > {{ var('drift_shifted_above') }}, false) as is_shifted
    from indexed

)

select * from final
