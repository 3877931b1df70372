{#-
    A phone number in E.164, or null.

    value: as written; country: the alias of the row of seed `countries` for the record's country,
    which may be missing.
    A leading + or 00 says that the country code is there: 7 to 15 digits in all (ITU-T E.164; the
    shortest numbers in use have 7). Otherwise the country's numbering plan reads it: a national way
    of writing it (national_pattern, e.g. Argentina's 15 before mobile numbers), its trunk prefix cut,
    or as it stands, whichever first gives as many digits as the plan has; then the code is put in
    front. A (0) after the country code is not dialled and is left out.

    Left as they are, hence no identifier:
      letters                  vanity numbers (1-800-FLOWERS), extensions (ext 12, x12): the letters
                               are typed by machines in several alphabets, an extension is not a person
      no + and no country      nobody can say where it rings
      wrong length for the country's plan    short codes (110), internal numbers, typing slips
      foreign exit codes       011, 8~10 and such instead of 00: they look like national numbers
      two numbers in one field more than 15 digits
-#}
{% macro phone_e164(value, country) -%}
    {%- set written = "replace(" ~ value ~ ", '(0)', '')" -%}
    {%- set digits = "regexp_replace(" ~ written ~ ", '[^0-9]', '', 'g')" -%}
    {%- set all_digits = "regexp_replace(" ~ value ~ ", '[^0-9]', '', 'g')" -%}
    {%- set trunk = country ~ '.trunk_prefix' -%}
    {%- set lengths = country ~ '.min_digits and ' ~ country ~ '.max_digits' -%}
    case
        when {{ cdp.regexp_like(value, '[A-Za-z]') }} then null
        when {{ cdp.trimmed(value) }} like '+%'
            then case when length({{ digits }}) between 7 and 15 then '+' || {{ digits }} end
        when {{ cdp.trimmed(value) }} like '00%' and length({{ digits }}) between 9 and 17
            then '+' || substr({{ digits }}, 3)
        when {{ country }}.calling_code is null then null
        when {{ country }}.national_pattern <> ''
            and {{ cdp.regexp_like_column(all_digits, country ~ '.national_pattern') }}
            then '+' || {{ country }}.calling_code || regexp_replace(
                {{ all_digits }}, {{ country }}.national_pattern, {{ country }}.national_replacement
            )
        when {{ trunk }} <> '' and {{ all_digits }} like {{ trunk }} || '%'
            and length({{ all_digits }}) - length({{ trunk }}) between {{ lengths }}
            then '+' || {{ country }}.calling_code || substr({{ all_digits }}, length({{ trunk }}) + 1)
        when length({{ all_digits }}) between {{ lengths }}
            then '+' || {{ country }}.calling_code || {{ all_digits }}
    end
{%- endmacro %}
