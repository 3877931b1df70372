{#-
    A postal code as it is compared: capitals and digits alone; without a country before it (D-10115)
    and without the American add-on of four digits (10001-1234). Null where nothing is left.
    text: expression.
-#}
{% macro postal_code(text) -%}
    {%- set code = "upper(trim(" ~ text ~ "))" -%}
    nullif(case
        when {{ cdp.regexp_like(code, '^[0-9]{5}-[0-9]{4}$') }} then substr({{ code }}, 1, 5)
        when {{ cdp.regexp_like(code, '^[A-Z]{1,3}-[0-9]{4,6}$') }} then regexp_replace({{ code }}, '[^0-9]', '', 'g')
        else regexp_replace({{ code }}, '[^A-Z0-9]', '', 'g')
    end, '')
{%- endmacro %}
