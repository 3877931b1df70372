{#-
    An identifier as one destination wants it, normalised and hashed in that destination's own way.
    Never share a hash column between two destinations: they differ on the same person.

    destination: meta · google · tiktok · pinterest · linkedin · snap
    field: email · phone · first_name · last_name · city · region · postcode · country · gender ·
        birth_year · birth_month · birth_day, as far as the destination takes it
    text: SQL expression; a phone must carry its country code, a birth part is a number as text.

    normalised_for: the text before hashing, null when nothing is left of it, so that the hash of an
        empty text is never sent. hashed_for: its SHA-256, or the text itself where the destination
        wants the field plain. hashed_fields: what each destination has a rule for. A changed rule
        changes the payload and so is sent again; raise normaliser_version, too, which is part of
        declaration_version in sync_catalog and says since when.
    Raises a compiler error for a destination or field without a rule.
-#}
{% macro hashed_fields() -%}
    {{ return({
        'meta': [
            'email', 'phone', 'first_name', 'last_name', 'city', 'region', 'postcode', 'country', 'gender',
            'birth_year', 'birth_month', 'birth_day',
        ],
        'google': ['email', 'phone', 'first_name', 'last_name', 'region', 'country', 'postcode'],
        'tiktok': ['email', 'phone'],
        'pinterest': ['email'],
        'linkedin': ['email'],
        'snap': ['email', 'phone'],
    }) }}
{%- endmacro %}

{% macro normaliser_version(destination) -%}
    {{ return({
        'meta': '1', 'google': '1', 'tiktok': '1', 'pinterest': '1', 'linkedin': '1', 'snap': '1',
    }.get(destination, '0')) }}
{%- endmacro %}

{% macro normalised_for(destination, field, text) -%}
    {%- set whole = "regexp_replace(" ~ text ~ ", '^\s+|\s+$', '', 'g')" -%}
    {%- set lowered = "lower(" ~ whole ~ ")" -%}
    {%- set solid = "lower(regexp_replace(" ~ text ~ ", '\s', '', 'g'))" -%}
    {%- set digits = "regexp_replace(" ~ text ~ ", '[^0-9]', '', 'g')" -%}
    {%- set punctuation = '[!-/:-@\\[-`{-~]' -%}
    {%- set unpunctuated = "regexp_replace(" ~ lowered ~ ", '" ~ punctuation ~ "', '', 'g')" -%}
    {%- set local = "split_part(split_part(" ~ solid ~ ", '@', 1), '+', 1)" -%}
    {%- set common = {
        'email': lowered,
        'phone': "'+' || nullif(" ~ digits ~ ", '')",
    } -%}
    {%- set rules = {
        'meta': {
            'email': lowered,
            'phone': "regexp_replace(" ~ digits ~ ", '^0+', '')",
            'first_name': unpunctuated,
            'last_name': unpunctuated,
            'city': "regexp_replace(" ~ unpunctuated ~ ", '\s', '', 'g')",
            'region': "regexp_replace(" ~ unpunctuated ~ ", '\s', '', 'g')",
            'postcode': "regexp_replace(" ~ solid ~ ", '^([0-9]{5})-?[0-9]{4}$', '\\1')",
            'country': lowered,
            'gender': "substr(" ~ lowered ~ ", 1, 1)",
            'birth_year': digits,
            'birth_month': "lpad(nullif(" ~ digits ~ ", ''), 2, '0')",
            'birth_day': "lpad(nullif(" ~ digits ~ ", ''), 2, '0')",
        },
        'google': {
            'email': "case when " ~ cdp.regexp_like(solid, '^[^@]+@(gmail|googlemail)[.]com$')
                ~ " then nullif(replace(" ~ local ~ ", '.', ''), '') || '@' || split_part("
                ~ solid ~ ", '@', 2) when " ~ cdp.regexp_like(solid, '^[^@]+@[^@]+$')
                ~ " then " ~ solid ~ " end",
            'phone': common['phone'],
            'first_name': lowered,
            'last_name': lowered,
            'region': "upper(" ~ whole ~ ")",
            'country': "upper(" ~ whole ~ ")",
            'postcode': whole,
        },
        'tiktok': common,
        'pinterest': {'email': lowered},
        'linkedin': {'email': lowered},
        'snap': {
            'email': lowered,
            'phone': "regexp_replace(" ~ digits ~ ", '^0+', '')",
        },
    } -%}
    {%- if field not in cdp.hashed_fields().get(destination, []) -%}
        {{ exceptions.raise_compiler_error(
            'hashed_for: no rule for ' ~ field ~ ' at ' ~ destination
            ~ '; see macros/activation/hashed_for.sql.'
        ) }}
    {%- endif -%}
    {{ return("nullif(" ~ rules[destination][field] ~ ", '')") }}
{%- endmacro %}

{% macro hashed_for(destination, field, text) -%}
    {%- set normalised = cdp.normalised_for(destination, field, text) -%}
    {%- if destination == 'google' and field in ['region', 'country', 'postcode'] -%}
        {{ return(normalised) }}
    {%- endif -%}
    {{ return(cdp.sha256_hex(normalised)) }}
{%- endmacro %}
