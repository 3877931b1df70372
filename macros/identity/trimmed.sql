{#- A text without the blanks, tabs and line ends around it, which files and forms leave there; value:
    expression. trim alone takes blanks: a no under an address that ends in a carriage return would
    be nobody's. -#}
{% macro trimmed(value) -%}
    trim({{ value }}, ' ' || chr(9) || chr(10) || chr(13))
{%- endmacro %}
