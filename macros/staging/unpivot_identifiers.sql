{#-
    Identifier observations of wide records: one row per record and identifier that it carries.

    relation: name of a CTE or model with source_table, record_key, country_code, observed_at and
        received_at.
    source_name: the feed.
    identifiers: {identifier type: column}. Blank values are left out.
-#}
{% macro unpivot_identifiers(relation, source_name, identifiers) %}
    {%- for identifier_type, column in identifiers.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ source_name }}' as source_name,
        source_table,
        record_key,
        '{{ identifier_type }}' as identifier_type,
        cast({{ column }} as varchar) as identifier_value,
        country_code,
        observed_at,
        received_at
    from {{ relation }}
    where coalesce(trim(cast({{ column }} as varchar)), '') <> ''
    {%- endfor %}
{% endmacro %}
