{#- Whether an answer lies outside its question's scale: nps 0-10, csat and review 1-5. A missing score or
    an unknown question is out of range too: it cannot be counted. -#}
{% macro is_score_out_of_range(survey_type, score) -%}
    not coalesce(
        case lower({{ survey_type }})
            when 'nps' then {{ score }} between 0 and 10
            when 'csat' then {{ score }} between 1 and 5
            when 'review' then {{ score }} between 1 and 5
        end,
        false
    )
{%- endmacro %}
