{#-
    Seed match_tiers with its probabilities as weights: a select of tier_code, is_joined, min_weight and
    below_weight, the next tier's min_weight, null for the highest.
-#}
{% macro match_tier_weights() -%}
    select
        tier_code,
        is_joined,
        {{ cdp.millibits('min_probability / (1 - min_probability)') }} as min_weight,
        lead({{ cdp.millibits('min_probability / (1 - min_probability)') }}) over (
            order by min_probability
        ) as below_weight
    from {{ ref('match_tiers') }}
{%- endmacro %}
