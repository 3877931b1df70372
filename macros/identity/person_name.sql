{#-
    A person's name as it is compared: words of Latin letters parted by one space, without titles and
    generations (Dr., Mrs, Jr, III; see name_generation). Apostrophes close up (O'Brien, obrien), other punctuation parts
    words (Anne-Marie, anne marie). Null where nothing is left.

    letters: expression, a name as plain_letters gives it. What people are called for short is seed
    `nicknames`; the order of given and family name is compared, not normalised (match_levels).
-#}
{% macro person_name(letters) -%}
    {%- set spaced = "translate(" ~ letters ~ ", '-_.,;:/()\"&+''’`´', '            ')" -%}
    {%- set words = "regexp_replace(' ' || " ~ spaced ~ " || ' ', '[[:space:]]+', ' ', 'g')" -%}
    nullif(trim(regexp_replace(
        {{ words }},
        '( (mr|mrs|ms|miss|mx|sir|dr|prof|herr|frau|mme|mlle|sra|sig|jr|sr|ii|iii|iv|phd))+ ',
        ' ', 'g'
    )), '')
{%- endmacro %}
