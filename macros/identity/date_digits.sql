{#-
    A calendar date as eight digits, year first, or null where it is written in no known way. A key to
    compare, not a date: a day that does not exist is kept, since a slip still tells who was meant.

    text: expression; country: expression of the record's ISO country code, may be null.
    Read are 2001-02-03, 2001/2/3, 20010203, 03.02.2001, 3/2/2001 and 03022001, with or without a time
    after them. Where the year stands last, the day comes first, except in countries that write the
    month first and where the day could be no month.
-#}
{% macro date_digits(text, country='null') -%}
    {%- set value = "translate(split_part(replace(trim(" ~ text ~ "), 'T', ' '), ' ', 1), '/.', '--')" -%}
    {%- set part = namespace(first="split_part(" ~ value ~ ", '-', 1)", second="split_part(" ~ value ~ ", '-', 2)", third="split_part(" ~ value ~ ", '-', 3)") -%}
    case
        when {{ cdp.regexp_like(value, '^(1[6-9]|20)[0-9]{6}$') }} then {{ value }}
        when {{ cdp.regexp_like(value, '^[0-9]{8}$') }}
            then substr({{ value }}, 5, 4) || substr({{ value }}, 3, 2) || substr({{ value }}, 1, 2)
        when {{ cdp.regexp_like(value, '^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}$') }}
            then {{ part.first }} || lpad({{ part.second }}, 2, '0') || lpad({{ part.third }}, 2, '0')
        when {{ cdp.regexp_like(value, '^[0-9]{1,2}-[0-9]{1,2}-[0-9]{4}$') }}
            then {{ part.third }} || case
                when cast({{ part.first }} as integer) <= 12
                    and (
                        cast({{ part.second }} as integer) > 12
                        or coalesce({{ country }}, '') in ('US', 'PH')
                    )
                    then lpad({{ part.first }}, 2, '0') || lpad({{ part.second }}, 2, '0')
                else lpad({{ part.second }}, 2, '0') || lpad({{ part.first }}, 2, '0')
            end
    end
{%- endmacro %}
