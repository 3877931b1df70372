{#-
    The features of a relation as rows.
    relation: name of a CTE with the columns of int_predictions__features.
    Returns a select: profile_id, feature_name, feature_value.
-#}
{% macro feature_rows(relation) %}
    {%- for name in cdp.feature_names() %}
    select
        profile_id,
        cast('{{ name }}' as varchar) as feature_name,
        {{ name }} as feature_value
    from {{ relation }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{% endmacro %}
