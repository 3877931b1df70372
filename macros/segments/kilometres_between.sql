{#- Distance of two places on a globe of 6371 km, by the haversine formula. Degrees; null stays null. -#}
{% macro kilometres_between(latitude, longitude, other_latitude, other_longitude) -%}
    {%- set across -%}
        power(sin(radians(cast({{ other_latitude }} as double precision) - {{ latitude }}) / 2), 2)
        {{- ' ' }}+ cos(radians({{ latitude }})) * cos(radians(cast({{ other_latitude }} as double precision)))
        {{- ' ' }}* power(sin(radians(cast({{ other_longitude }} as double precision) - {{ longitude }}) / 2), 2)
    {%- endset -%}
    12742 * asin(sqrt(least(1, {{ across }})))
{%- endmacro %}
