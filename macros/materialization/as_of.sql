{#- The moment this run describes, as a UTC timestamp expression: var `as_of`, else the environment's
    CDP_AS_OF, else the run's start. Models never read the clock. #}
{% macro as_of() -%}
    {%- set given = var('as_of', '') or env_var('CDP_AS_OF', '') -%}
    {%- set moment = given or run_started_at.strftime('%Y-%m-%d %H:%M:%S') -%}
    cast('{{ moment }}' as timestamp)
{%- endmacro %}
