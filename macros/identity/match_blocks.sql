{#-
    Which records are compared at all: those that have one of these keys in common. Block -> expression
    over int_identity__match_records, null where the record has no such key. Each is a different way in
    which two records of one person may still agree when another part is wrong or missing.

    A key that more records share than var match_block_size is left out: too common to find anybody by.
-#}
{% macro match_blocks() -%}
    {%- set year = "substr(birth_date, 1, 4)" -%}
    {{ return([
        ('person_number', "person_number"),
        ('email', "email"),
        ('phone', "phone"),
        ('email_name', "case when length(split_part(email, '@', 1)) > 4 then split_part(email, '@', 1) end"),
        ('birth_given', "birth_date || substr(given_name, 1, 1)"),
        ('birth_given', "birth_date || substr(family_name, 1, 1)"),
        ('name_letters', "given_letters || family_letters"),
        ('name_letters', "family_letters || given_letters"),
        ('given_year', "given_letters || " ~ year),
        ('given_year', "family_letters || " ~ year),
        ('given_postal', "given_letters || postal_code"),
        ('given_postal', "family_letters || postal_code"),
        ('given_city', "given_letters || substr(family_name, 1, 1) || city"),
        ('given_city', "family_letters || substr(given_name, 1, 1) || city"),
        ('address', "street_name || house_digits || substr(postal_code, 1, 2)"),
        ('street_city', "street_name || city"),
    ]) }}
{%- endmacro %}
