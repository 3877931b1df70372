{#- Whether a user agent is that of a crawler, a monitor or a script: it says so itself. Plain `like`,
    since a regular expression over every event costs more than the rest of the model. Never null. -#}
{% macro is_bot(user_agent) -%}
    coalesce(
        {{ user_agent }} like '%bot%'
        or {{ user_agent }} like '%Bot%'
        or {{ user_agent }} like '%crawl%'
        or {{ user_agent }} like '%pider%'
        or {{ user_agent }} like '%Headless%'
        or {{ user_agent }} like '%python-requests%'
        or {{ user_agent }} like 'curl/%',
        false
    )
{%- endmacro %}
