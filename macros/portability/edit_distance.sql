{#-
    How many letters must be put in, taken out or replaced to turn one text into the other
    (Levenshtein). Above two the number says no more than that. 99 where the lengths differ by more than
    two, or where a letter is not ASCII and the texts differ: engines count letters of several bytes
    differently. Null text: null.

    PostgreSQL has it as an extension that not every server carries, so a function of our own is made
    by `create_edit_distance`, a pre-hook of the first model that needs it.
-#}
{% macro edit_distance(one, other) -%}
    case
        when {{ one }} = {{ other }} then 0
        when abs(length({{ one }}) - length({{ other }})) > 2 then 99
        when {{ cdp.byte_length(one) }} > length({{ one }}) or {{ cdp.byte_length(other) }} > length({{ other }}) then 99
        else {{ adapter.dispatch('edit_distance', 'cdp')(one, other) }}
    end
{%- endmacro %}

{% macro default__edit_distance(one, other) -%}
    {{ exceptions.raise_compiler_error('edit_distance is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__edit_distance(one, other) -%}
    cast(levenshtein({{ one }}, {{ other }}) as integer)
{%- endmacro %}

{% macro postgres__edit_distance(one, other) -%}
    {{ generate_schema_name('identity') }}.edit_distance({{ one }}, {{ other }})
{%- endmacro %}
