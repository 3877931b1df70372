{#-
    An identifier in the one form in which it is compared, or null when it has no usable shape.

    normaliser: expression holding the rule's normaliser_code; value: the identifier as written;
    country: alias of the joined row of seed `countries`, for national phone numbers.

    exact   trimmed, see trimmed
    lower   trimmed, lower case
    email   trimmed, lower case, one @, a dotted domain; plus-tags and dots stay: two addresses that
            differ by them may be two people
    phone   E.164, see phone_e164; a national number takes its record's country, without which it is
            not usable
    hash    64 lower-case hex digits (SHA-256)
-#}
{% macro normalise_identifier(normaliser, value, country) -%}
    {%- set trimmed = cdp.trimmed(value) -%}
    case {{ normaliser }}
        when 'exact' then nullif({{ trimmed }}, '')
        when 'lower' then nullif(lower({{ trimmed }}), '')
        when 'email' then {{ cdp.email_address(value) }}
        when 'phone' then {{ cdp.phone_e164(value, country) }}
        when 'hash' then
            case
                when {{ cdp.regexp_like('lower(' ~ trimmed ~ ')', '^[0-9a-f]{64}$') }}
                    then lower({{ trimmed }})
            end
    end
{%- endmacro %}
