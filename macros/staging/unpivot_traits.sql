{#-
    Trait observations of wide records: one row per record and trait that it states.

    relation: name of a CTE or model with source_table, record_key, identifier_type, identifier_value,
        country_code, observed_at and received_at; identifier_* name the record's own key.
    source_name: the feed.
    traits: {trait name: column}; values become text. Blank values are left out.
-#}
{% macro unpivot_traits(relation, source_name, traits) %}
    {%- for trait_name, column in traits.items() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ source_name }}' as source_name,
        source_table,
        record_key,
        identifier_type,
        identifier_value,
        country_code,
        '{{ trait_name }}' as trait_name,
        trim(cast({{ column }} as varchar)) as trait_value,
        observed_at,
        received_at
    from {{ relation }}
    where coalesce(trim(cast({{ column }} as varchar)), '') <> ''
    {%- endfor %}
{% endmacro %}
