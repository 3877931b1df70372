{#-
    What two records are compared by: comparison -> its levels, from the most alike down. A pair has one
    level per comparison (match_levels), -1 where one of the two says nothing. What a level weighs is
    learnt (int_identity__match_weights).

    is_counted  a value's own frequency weighs the highest level: a common name says less than a rare one
    is_own      somebody has one of it: level 0 says "another person"
    is_apart    tells the people of a household apart, more or less (seed match_comparisons)
-#}
{% macro match_comparisons() -%}
    {{ return({
        'given_name': {'levels': [6, 5, 4, 3, 2, 1, 0], 'is_counted': true, 'is_own': true, 'is_apart': true},
        'family_name': {'levels': [5, 4, 3, 2, 1, 0], 'is_counted': true},
        'birth_date': {'levels': [5, 4, 3, 2, 1, 0], 'is_own': true, 'is_apart': true},
        'person_number': {'levels': [3, 2, 1, 0], 'is_own': true, 'is_apart': true},
        'street': {'levels': [4, 3, 2, 1, 0]},
        'place': {'levels': [5, 4, 3, 2, 1, 0]},
        'email': {'levels': [4, 3, 2, 1, 0], 'is_apart': true},
        'phone': {'levels': [2, 1, 0], 'is_apart': true},
    }) }}
{%- endmacro %}
