{#-
    The identifier_key of an identifier's own hash: an expression, null where its type is not hashed.

    hash_type: expression, the type whose values are hashes of this one's (identifier_rules.hashed_type),
    or null. relation: alias with identifier_namespace and identifier_normalised.
-#}
{% macro hashed_key(hash_type, relation) -%}
    case
        when {{ hash_type }} is not null and {{ relation }}.identifier_normalised is not null
            then {{ cdp.surrogate_key([
                hash_type,
                relation ~ '.identifier_namespace',
                cdp.sha256_hex(relation ~ '.identifier_normalised'),
            ]) }}
    end
{%- endmacro %}
