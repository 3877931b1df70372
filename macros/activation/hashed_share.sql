{#- A number from 0 to below 1 that a text always has, evenly spread: the first five hex digits of its
    md5, so steps of a millionth. text: SQL expression, never null. -#}
{% macro hashed_share(text) -%}
    {%- set digits = [] -%}
    {%- for place in range(1, 6) -%}
        {%- do digits.append(
            "(strpos('0123456789abcdef', substr(md5(" ~ text ~ "), " ~ place ~ ", 1)) - 1) * "
            ~ 16 ** (5 - place)
        ) -%}
    {%- endfor -%}
    cast({{ digits | join(' + ') }} as double precision) / 1048576
{%- endmacro %}
