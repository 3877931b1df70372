{#-
    The letters of a name in the one form in which names are counted: how many people use this card?
    As plain_letters, and spaces, punctuation and the German spellings with e (Mueller, Müller) do not
    matter either: a key to compare, no name to show.

    text: expression.
-#}
{% macro folded_letters(text) -%}
    {%- set closed = "translate(" ~ text ~ ", ' .,''’`´-_', '')" -%}
    replace(replace(replace({{ cdp.plain_letters(closed) }}, 'ae', 'a'), 'oe', 'o'), 'ue', 'u')
{%- endmacro %}
