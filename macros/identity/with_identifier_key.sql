{#-
    A relation's rows with `identifier_key`, the key of the normalised identifier each names.

    relation: a CTE with source_name, identifier_type, identifier_value and country_code.
    normalised: true adds identifier_namespace and identifier_normalised as well.
    Returns a select. The key is null where there is no identifier, its type has no rule, or its
    normaliser finds no usable shape.
-#}
{% macro with_identifier_key(relation, normalised=false) %}
    select
        shaped.*,
        case
            when identifier_normalised_ is not null then {{ cdp.surrogate_key(
                ['identifier_type', 'identifier_namespace_', 'identifier_normalised_']
            ) }}
        end as identifier_key
        {%- if normalised %},
        identifier_namespace_ as identifier_namespace,
        identifier_normalised_ as identifier_normalised
        {%- endif %}
    from (
        select
            {{ relation }}.*,
            case when identifier_rules.namespace_code = 'source' then {{ relation }}.source_name else '' end
                as identifier_namespace_,
            {{ cdp.normalise_identifier(
                'identifier_rules.normaliser_code',
                relation ~ '.identifier_value',
                'countries',
            ) }} as identifier_normalised_
        from {{ relation }}
        left join {{ ref('identifier_rules') }} as identifier_rules
            on {{ relation }}.identifier_type = identifier_rules.identifier_type
        left join {{ ref('countries') }} as countries
            on {{ relation }}.country_code = countries.country_code
    ) as shaped
{% endmacro %}
