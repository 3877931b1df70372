{#-
    Whether what was stated of a person can be used: a condition on the name of an attribute and its
    text. Attributes without a rule are usable as they are.

    attribute: SQL expression, a trait of seeds/rules/trait_rules.csv, email or phone. value: SQL
    expression of type varchar, of e-mail and phone the normalised form. A birth date has a day that is
    not ahead of as_of() and at most 120 years before it.
-#}
{% macro attribute_is_usable(attribute, value) -%}
    coalesce(case {{ attribute }}
        when 'first_name' then length({{ value }}) > 1
        when 'last_name' then length({{ value }}) > 1
        when 'country_code' then length({{ value }}) = 2
        when 'phone' then {{ value }} like '+%'
        when 'birth_date'
            then {{ cdp.try_cast(value, 'date') }}
                between cast({{ cdp.as_of() }} - interval '120 years' as date)
                and cast({{ cdp.as_of() }} as date)
        else {{ value }} is not null
    end, false)
{%- endmacro %}
