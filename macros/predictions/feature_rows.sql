{#-
    The features of a relation as rows.
    relation: name of a CTE with the columns of the entity's feature table.
    entity: person or account. key: the column that names one.
    Returns a select: the key, feature_name, feature_value.
-#}
{% macro feature_rows(relation, entity='person', key='profile_id') %}
    {%- for name in cdp.feature_names(entity) %}
    select
        {{ key }},
        cast('{{ name }}' as varchar) as feature_name,
        {{ name }} as feature_value
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
