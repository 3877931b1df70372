{#-
    The other forms of some identifiers, a value's hash and a hash's value: a select of identifier_key.

    keys: a CTE of identifier_key; twins: a CTE of identifier_key and hashed_key, one row per identifier
    of which the hash was seen as well.
-#}
{% macro twins_of(keys, twins) -%}
    select hashed_key as identifier_key
    from {{ twins }}
    where
        identifier_key in (
            select {{ keys }}.identifier_key
            from {{ keys }}
        )

    union

    select identifier_key
    from {{ twins }}
    where
        hashed_key in (
            select {{ keys }}.identifier_key
            from {{ keys }}
        )
{%- endmacro %}


{#- Some identifiers and their other forms, see twins_of: a select of identifier_key. #}
{% macro with_twins(keys, twins) -%}
    select identifier_key
    from {{ keys }}

    union

    {{ cdp.twins_of(keys, twins) }}
{%- endmacro %}
