-- Reasons of models and of rules are ranked and worded alike, which is why this is long.
with

scores as (

    select * from {{ ref('profile_scores') }}

),

models as (

    select * from {{ ref('prediction_models') }}

),

texts as (

    select * from {{ ref('prediction_features') }}

),

features as (

    select * from {{ ref('int_predictions__features') }}
    where days_before = 0

),

feature_rows as (

    {{ cdp.feature_rows('features') }}

),

effects as (

    {{ cdp.ledger_table('model_effect', 'prediction_registry') }}

),

-- A model's reason is what the person's value adds to the score's log-odds; a rule's is the rule.
weighed as (

    select
        scores.profile_id,
        scores.model_name,
        feature_rows.feature_name,
        feature_rows.feature_value,
        effects.typical_value,
        cast(effects.effect as numeric(18, 6)) as effect
    from scores
    inner join effects
        on
            scores.model_name = effects.model_name
            and scores.version_number = effects.version_number
    inner join feature_rows
        on
            scores.profile_id = feature_rows.profile_id
            and effects.feature_name = feature_rows.feature_name
            and coalesce(effects.lower_bound, feature_rows.feature_value)
            <= feature_rows.feature_value
            and (effects.upper_bound is null or effects.upper_bound > feature_rows.feature_value)
    where scores.method_code = 'model'
    union all
    select
        scores.profile_id,
        scores.model_name,
        feature_rows.feature_name,
        feature_rows.feature_value,
        cast(0 as double precision) as typical_value,
        cast(null as numeric(18, 6)) as effect
    from scores
    inner join models on scores.model_name = models.model_name
    inner join feature_rows
        on
            scores.profile_id = feature_rows.profile_id
            and models.rule_feature = feature_rows.feature_name
    -- BG/NBD has no effects by feature.
    where
        scores.method_code = 'rule'
        or (
            models.algorithm_code = 'lifetime'
            and (scores.model_name, scores.version_number) not in (
                select
                    effects.model_name,
                    effects.version_number
                from effects
            )
        )

),

ranked as (

    select
        *,
        row_number() over (
            partition by profile_id, model_name
            order by abs(effect) desc nulls first, feature_name asc
        ) as reason_number
    from weighed
    where effect is null or effect <> 0

),

worded as (

    select
        ranked.profile_id,
        ranked.model_name,
        ranked.reason_number,
        ranked.feature_name,
        ranked.effect,
        ranked.feature_value,
        case
            when ranked.feature_value >= ranked.typical_value then texts.high_text
            else texts.low_text
        end as template_text,
        case
            when features.order_count > 1
                then cast(cast(floor(features.mean_gap_days + 0.5) as bigint) as varchar)
            else 'unknown'
        end as gap_text
    from ranked
    inner join texts on ranked.feature_name = texts.feature_name
    inner join features on ranked.profile_id = features.profile_id
    where ranked.reason_number <= {{ var('reasons_per_score') }}

),

final as (

    select
        profile_id,
        model_name,
        cast(reason_number as integer) as reason_number,
        feature_name,
        cast(
            replace(
                replace(
                    replace(
                        template_text,
                        '{value}',
                        cast(cast(floor(feature_value + 0.5) as bigint) as varchar)
                    ),
                    '{percent}',
                    cast(cast(floor(100 * feature_value + 0.5) as bigint) as varchar)
                ),
                '{gap}',
                gap_text
            ) as varchar
        ) as reason_text,
        cast(feature_value as numeric(18, 2)) as feature_value,
        effect
    from worded

)

select * from final
