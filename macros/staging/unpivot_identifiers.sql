{#-
    Identifier observations of wide records: one row per record and identifier that it carries.

    relation: name of a CTE or model with source_table, record_key, country_code, observed_at and
        received_at.
    source_name: the feed.
    identifiers: {identifier type: column}. Blank values are left out.

    Literals are cast: PostgreSQL takes them for text, and an incremental run that compares its rows
    with the table's varchar would see a changed schema.
-#}
{% macro unpivot_identifiers(relation, source_name, identifiers) %}
    {%- for identifier_type, column in identifiers.items() %}
    {{ 'union all' if not loop.first }}
    select
        cast('{{ source_name }}' as varchar) as source_name,
        cast(source_table as varchar) as source_table,
        cast(record_key as varchar) as record_key,
        cast('{{ identifier_type }}' as varchar) as identifier_type,
        cast({{ column }} as varchar) as identifier_value,
        cast(country_code as varchar) as country_code,
        observed_at,
        received_at
    from {{ relation }}
    where coalesce(trim(cast({{ column }} as varchar)), '') <> ''
    {%- endfor %}
{% endmacro %}
