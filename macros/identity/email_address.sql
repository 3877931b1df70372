{#- An e-mail address in the one form in which it is compared, or null for what is none; value:
    expression. See normalise_identifier. -#}
{% macro email_address(value) -%}
    {%- set lowered = 'lower(' ~ cdp.trimmed(value) ~ ')' -%}
    case
        when {{ cdp.regexp_like(lowered, '^[^@[:space:]]+@[^@[:space:].]+([.][^@[:space:].]+)+$') }}
            then {{ lowered }}
    end
{%- endmacro %}
