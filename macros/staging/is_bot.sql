{#-
    Whether a user agent is that of a crawler, a monitor or a script. Never null.

    Pattern: it says so itself, by one of the words below, in any case; a robot that lies is not found.
    Cubot makes phones.

    user_agent: expression.
-#}
{% macro is_bot(user_agent) -%}
    {%- set words = [
        'bot', 'crawl', 'spider', 'slurp', 'headless', 'phantomjs', 'lighthouse', 'pingdom',
        'facebookexternalhit', 'mediapartners-google', 'python-requests', 'python-urllib',
        'go-http-client', 'curl/', 'wget/',
    ] -%}
    coalesce(
        {{ cdp.contains_any(user_agent, words) }}
        and not {{ cdp.contains_any(user_agent, ['cubot']) }},
        false
    )
{%- endmacro %}
