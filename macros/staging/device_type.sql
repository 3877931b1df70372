{#- desktop, mobile or tablet, by the tokens browsers put in their user agent; null without one. -#}
{% macro device_type(user_agent) -%}
    case
        when {{ user_agent }} is null then null
        when {{ user_agent }} like '%iPad%' or {{ user_agent }} like '%Tablet%' then 'tablet'
        when {{ user_agent }} like '%Mobi%' or {{ user_agent }} like '%iPhone%' then 'mobile'
        else 'desktop'
    end
{%- endmacro %}
