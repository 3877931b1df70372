{#-
    high, medium or low, by vars high_band_share and medium_band_share.
    rank_share: SQL; the share of the scored with the same or a lower score.
-#}
{% macro score_band(rank_share) -%}
    cast(
        case
            when {{ rank_share }} > 1 - {{ var('high_band_share') }} then 'high'
            when {{ rank_share }} > 1 - {{ var('medium_band_share') }} then 'medium'
            else 'low'
        end as varchar
    )
{%- endmacro %}
