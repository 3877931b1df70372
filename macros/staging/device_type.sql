{#-
    desktop, mobile, tablet or other, by the tokens browsers put in their user agent; null without one.

    user_agent: expression. stated: expression with what the tracker itself says (Computer, Mobile,
    Tablet, ...), which wins where it says something. Android without Mobile is a tablet, by Android's
    own convention.
-#}
{% macro device_type(user_agent, stated='cast(null as varchar)') -%}
    case
        when lower({{ stated }}) in ('computer', 'desktop') then 'desktop'
        when lower({{ stated }}) in ('mobile', 'phone', 'smartphone') then 'mobile'
        when lower({{ stated }}) = 'tablet' then 'tablet'
        when lower({{ stated }}) in ('game console', 'digital media receiver', 'wearable computer')
            then 'other'
        when coalesce({{ user_agent }}, '') = '' then null
        when {{ user_agent }} like '%iPad%' or {{ user_agent }} like '%Tablet%' then 'tablet'
        when {{ user_agent }} like '%Mobi%' or {{ user_agent }} like '%iPhone%' then 'mobile'
        when {{ user_agent }} like '%Android%' then 'tablet'
        when
            {{ user_agent }} like '%Windows NT%'
            or {{ user_agent }} like '%Macintosh%'
            or {{ user_agent }} like '%X11%'
            then 'desktop'
        else 'other'
    end
{%- endmacro %}
