{#-
    Whether a user agent is that of a crawler, a monitor or a script. Never null.

    Pattern: it says so itself, by one of the words below, in any case; a robot that lies is not found.
    Cubot makes phones. Plain `like`, since a regular expression over every event costs more than the
    rest of the model. PostgreSQL makes a text lower as often as it is written, by the rules of a
    language unless told otherwise: with one `like any` 400,000 events take 1.0 s instead of 4.4.

    user_agent: expression.
-#}
{% macro is_bot(user_agent) -%}
    {{ return(adapter.dispatch('is_bot', 'cdp')(user_agent)) }}
{%- endmacro %}


{% macro default__is_bot(user_agent) -%}
    coalesce(
        (
            {%- for word in cdp.robot_words() %}
            {{ 'or ' if not loop.first }}lower({{ user_agent }}) like '%{{ word }}%'
            {%- endfor %}
        )
        and lower({{ user_agent }}) not like '%cubot%',
        false
    )
{%- endmacro %}


{% macro postgres__is_bot(user_agent) -%}
    coalesce(
        lower({{ user_agent }} collate "C") like any (array[
            {%- for word in cdp.robot_words() %}'%{{ word }}%'{{ ', ' if not loop.last }}{% endfor -%}
        ])
        and lower({{ user_agent }} collate "C") not like '%cubot%',
        false
    )
{%- endmacro %}


{#- What a crawler, a monitor or a script writes in its user agent, in lower case. -#}
{% macro robot_words() %}
    {{ return([
        'bot', 'crawl', 'spider', 'slurp', 'headless', 'phantomjs', 'lighthouse', 'pingdom',
        'facebookexternalhit', 'mediapartners-google', 'python-requests', 'python-urllib',
        'go-http-client', 'curl/', 'wget/',
    ]) }}
{% endmacro %}
