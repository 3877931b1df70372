{#-
    What a compared pair's levels weigh, in thousandths of a bit, a bigint expression. Whole numbers, so
    that every engine sums alike. Null as long as nothing was learnt.

    pair: alias of a row of match_levels; weights: alias of the one row of match_weight_columns;
    record_count: expression of how many records there are.
    against: 'strangers' asks whether one person is likelier than two strangers; the highest level of a
    counted comparison weighs log2(m / frequency) instead of log2(m / u). 'household' asks whether one
    person is likelier than two people under one roof.
-#}
{% macro match_score(pair, weights, record_count, against) -%}
    {%- if against == 'strangers' -%}
    {{ weights }}.match_weight - {{ cdp.millibits(record_count) }}
    {%- else -%}
    {{ weights }}.household_weight
    {%- endif -%}
    {%- for comparison, kind in cdp.match_comparisons().items() if against == 'strangers' or kind.is_apart %}
    + case {{ pair }}.{{ comparison }}_level
        {%- for level in kind.levels %}
        when {{ level }}
            then coalesce({{ weights }}.{{ comparison }}_{{ level }}_{{ against }}, 0)
            {%- if loop.first and kind.is_counted and against == 'strangers' %}
            + coalesce({{ weights }}.{{ comparison }}_u, 0)
            + {{ cdp.millibits(record_count) }} - {{ cdp.millibits(pair ~ '.' ~ comparison ~ '_count') }}
            {%- endif %}
        {%- endfor %}
        else 0
    end
    {%- endfor %}
{%- endmacro %}


{#- The latest training's weights as one row of columns. weights: a CTE of int_identity__match_weights. -#}
{% macro match_weight_columns(weights) -%}
    select
        max(training_number) as training_number,
        max(case when comparison_code = 'match' then match_weight end) as match_weight,
        max(case when comparison_code = 'match' then household_weight end) as household_weight
        {%- for comparison, kind in cdp.match_comparisons().items() %}
        {%- for level in kind.levels %}
        {%- for against, column in [('strangers', 'match_weight'), ('household', 'household_weight')] %}
        {%- if against == 'strangers' or kind.is_apart %},
        max(
            case
                when comparison_code = '{{ comparison }}' and level_number = {{ level }} then {{ column }}
            end
        ) as {{ comparison }}_{{ level }}_{{ against }}
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
        {%- if kind.is_counted %},
        max(
            case
                when comparison_code = '{{ comparison }}' and level_number = {{ kind.levels[0] }}
                    then {{ cdp.millibits('u_probability') }}
            end
        ) as {{ comparison }}_u
        {%- endif %}
        {%- endfor %}
    from {{ weights }}
    where training_number = (select max(latest.training_number) from {{ weights }} as latest)
{%- endmacro %}
