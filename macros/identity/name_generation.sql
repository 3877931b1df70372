{#-
    Which of a family's bearers of one name somebody says to be: 1 for Sr, 2 for Jr and II, 3, 4; null
    where nothing is said. Part of a name, which person_name leaves out.

    letters: expression, a name as plain_letters gives it.
-#}
{% macro name_generation(letters) -%}
    {%- set words = "' ' || translate(" ~ letters ~ ", '.,;()', '     ') || ' '" -%}
    case
        {%- for word, number in [('sr', 1), ('jr', 2), ('ii', 2), ('iii', 3), ('iv', 4)] %}
        when {{ words }} like '% {{ word }} %' then {{ number }}
        {%- endfor %}
    end
{%- endmacro %}
