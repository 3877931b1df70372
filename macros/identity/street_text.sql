{#-
    A street line or place as it is compared: the usual words shortened (Street, st; Avenue, ave;
    Straße, str, also at the end of a word and apart from it), words parted by one space. Null where
    nothing is left.

    letters: expression, a text as plain_letters gives it. street_name() leaves the numbers out of the
    result, house_digits() the words.
-#}
{% macro street_text(letters) -%}
    {#- Every space is doubled, so that a word's spaces are its own and neighbours are both found. -#}
    {%- set spaced = "translate(" ~ letters ~ ", '-_.,;:/()\"#&+''’`´', '             ')" -%}
    {%- set state = namespace(text="'  ' || regexp_replace(" ~ spaced ~ ", '[[:space:]]+', '  ', 'g') || '  '") -%}
    {%- for words, short in [
        ('street|saint', 'st'), ('road', 'rd'), ('avenue|av', 'ave'), ('boulevard|bld|bd', 'blvd'), ('lane', 'ln'), ('drive', 'dr'),
        ('place|platz', 'pl'), ('square', 'sq'), ('court', 'ct'), ('crescent|cresent', 'cres'), ('circuit', 'cct'), ('close', 'cl'),
        ('terrace', 'tce'), ('parade', 'pde'), ('highway', 'hwy'), ('parkway', 'pkwy'), ('grove', 'gr'), ('mount', 'mt'),
        ('apartment|flat|unit|suite', 'apt'), ('rue', 'r'), ('calle|carrer', 'c'), ('piazza|plaza', 'pza'), ('allee', 'al'),
    ] -%}
        {%- set state.text = "regexp_replace(" ~ state.text ~ ", ' (" ~ words ~ ") ', ' " ~ short ~ " ', 'g')" -%}
    {%- endfor -%}
    {%- set state.text = "replace(replace(replace(" ~ state.text ~ ", 'strasse ', 'str '), 'platz ', 'pl '), '  str ', 'str ')" -%}
    nullif(trim(regexp_replace({{ state.text }}, ' +', ' ', 'g')), '')
{%- endmacro %}

{#- A normalised street line without its numbers. -#}
{% macro street_name(street) -%}
    nullif(trim(regexp_replace(' ' || {{ street }} || ' ', '( [0-9]+[a-z]?)+ ', ' ', 'g')), '')
{%- endmacro %}

{#- The digits of a normalised street line. -#}
{% macro house_digits(street) -%}
    nullif(regexp_replace({{ street }}, '[^0-9]', '', 'g'), '')
{%- endmacro %}
