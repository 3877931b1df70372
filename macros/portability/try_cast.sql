{#- A text as `data_type`, or null where it cannot be read as one. Every engine reads the same texts:
    each is looked at first, since left to themselves they disagree. DuckDB rounds 4.5 to the integer 5,
    PostgreSQL takes NaN for an amount, 'now' for a moment and 01/02/2024 for whichever day its
    settings say.

    Instants with an offset become UTC; without one they are taken as UTC. Integers may end in .0, as
    loaders write columns with gaps. Dates are written year first; a time after one is cut off.
    text: SQL expression of type varchar; data_type: one of the words allowed in YAML. #}
{% macro try_cast(text, data_type) -%}
    {%- set kind = data_type.split('(')[0] -%}
    {%- set date_shape = '[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}' -%}
    {%- set zone_shape = '(Z| ?UTC| ?[+-](0[0-9]|1[0-5])(:?[0-9]{2})?)' -%}
    {%- set number_shape = '([0-9]{1,38}([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?' -%}
    {%- set shapes = {
        'integer': '[+-]?[0-9]+([.]0*)?',
        'bigint': '[+-]?[0-9]+([.]0*)?',
        'numeric': '[+-]?' ~ number_shape,
        'double precision': '[+-]?' ~ number_shape,
        'boolean': '([tT]|[tT][rR][uU][eE]|[fF]|[fF][aA][lL][sS][eE]|[yY]|[yY][eE][sS]|[nN]|[nN][oO]|[01])',
        'date': date_shape ~ '([ T][0-9]{1,2}:.*)?',
        'timestamp': date_shape ~ '([ T][0-9]{1,2}:[0-9]{2}(:[0-5][0-9]([.][0-9]+)?' ~ zone_shape ~ '?)?)?',
    } -%}
    {%- set value = 'trim(' ~ text ~ ')' -%}
    {%- set readable = {
        'integer': "split_part(" ~ value ~ ", '.', 1)",
        'bigint': "split_part(" ~ value ~ ", '.', 1)",
        'date': "split_part(replace(" ~ value ~ ", 'T', ' '), ' ', 1)",
        'timestamp': "replace(replace(" ~ value ~ ", ' +', '+'), ' -', '-')",
    } -%}
    {%- if kind in shapes -%}
        case
            when {{ cdp.regexp_like(value, '^' ~ shapes[kind] ~ '$') }}
                {%- if kind in ['date', 'timestamp'] %} and {{ value }} not like '0000%'{% endif %}
                then {{ adapter.dispatch('try_cast', 'cdp')(readable.get(kind, value), data_type) }}
        end
    {%- else -%}
        {{ adapter.dispatch('try_cast', 'cdp')(text, data_type) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__try_cast(text, data_type) -%}
    {{ exceptions.raise_compiler_error('try_cast is not implemented for ' ~ target.type) }}
{%- endmacro %}

{% macro duckdb__try_cast(text, data_type) -%}
    {%- if data_type == 'timestamp' -%}
        case
            when regexp_matches({{ text }}, ':[0-9.]+ ?(Z|UTC|[+-][0-9:]+)$')
                then try_cast({{ text }} as timestamptz) at time zone 'UTC'
            else try_cast({{ text }} as timestamp)
        end
    {%- else -%}
        try_cast({{ text }} as {{ data_type }})
    {%- endif -%}
{%- endmacro %}

{#- pg_input_is_valid came with PostgreSQL 16, the oldest server we support. Digits past the microsecond
    are cut off, not rounded, as DuckDB does. #}
{% macro postgres__try_cast(text, data_type) -%}
    {%- if data_type == 'timestamp' -%}
        {%- set text = "regexp_replace(" ~ text ~ ", '([.][0-9]{6})[0-9]+', '\\1')" -%}
        case
            when not pg_input_is_valid({{ text }}, 'timestamptz') then null
            when {{ text }} ~ ':[0-9.]+ ?(Z|UTC|[+-][0-9:]+)$'
                then cast({{ text }} as timestamptz) at time zone 'UTC'
            else cast({{ text }} as timestamp)
        end
    {%- else -%}
        case
            when pg_input_is_valid({{ text }}, '{{ data_type }}')
                then cast({{ text }} as {{ data_type }})
        end
    {%- endif -%}
{%- endmacro %}
