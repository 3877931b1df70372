{#-
    Whether a user agent is that of a crawler, a monitor or a script. Never null.

    Pattern: it says so itself, by one of the words below, in any case; a robot that lies is not found.
    Cubot makes phones. Plain `like`, since a regular expression over every event costs more than the
    rest of the model.
-#}
{% macro is_bot(user_agent) -%}
    {%- set words = [
        'bot', 'crawl', 'spider', 'slurp', 'headless', 'phantomjs', 'lighthouse', 'pingdom',
        'facebookexternalhit', 'mediapartners-google', 'python-requests', 'python-urllib',
        'go-http-client', 'curl/', 'wget/',
    ] -%}
    coalesce(
        (
            {%- for word in words %}
            {{ 'or ' if not loop.first }}lower({{ user_agent }}) like '%{{ word }}%'
            {%- endfor %}
        )
        and lower({{ user_agent }}) not like '%cubot%',
        false
    )
{%- endmacro %}
