{#-
    A phone number in E.164, or null.

    value: as written; country: the alias of the row of seed `countries` for the record's country,
    which may be missing.
    A + or 00 before the first other digit says that the country code is there, whatever else stands
    before it, a bracket or a spreadsheet's apostrophe say: 7 to 15 digits in all (ITU-T E.164; the
    shortest numbers in use have 7). The record's country's trunk prefix is cut also after that
    country's code (+44 020 ...), where it is no part of the number: it begins with 0, or the number is
    too long with it. Otherwise the country's numbering plan reads it: a national way
    of writing it (national_pattern, e.g. Argentina's 15 before mobile numbers), the country's own code
    without a plus, its trunk prefix cut, or as it stands, whichever first gives as many digits as the
    plan has; then the code is put in front. It begins with the code and not with an area's like digits
    where it is too long for the plan, or the plan (number_pattern) has only the number behind the code.
    A (0) after the country code is not dialled and is left out.

    Left as they are, hence no identifier:
      letters                  vanity numbers (1-800-FLOWERS), extensions (ext 12, x12): the letters
                               are typed by machines in several alphabets, an extension is not a person
      no + and no country      nobody can say where it rings
      no + and no trunk prefix, and the plan has the number with the country's code and without
      wrong length for the country's plan    short codes (110), internal numbers, typing slips
      foreign exit codes       011, 8~10 and such instead of 00: they look like national numbers
      two numbers in one field more than 15 digits
-#}
{% macro phone_e164(value, country) -%}
    {%- set written = "replace(" ~ value ~ ", '(0)', '')" -%}
    {%- set digits = "regexp_replace(" ~ written ~ ", '[^0-9]', '', 'g')" -%}
    {%- set all_digits = "regexp_replace(" ~ value ~ ", '[^0-9]', '', 'g')" -%}
    {%- set trunk = country ~ '.trunk_prefix' -%}
    {%- set code = country ~ '.calling_code' -%}
    {%- set lengths = country ~ '.min_digits and ' ~ country ~ '.max_digits' -%}
    {%- set behind_code = "substr(" ~ all_digits ~ ", length(" ~ code ~ ") + 1)" -%}
    {%- set dialled = "regexp_replace(" ~ digits ~ ", '^00', '')" -%}
    {%- set has_code = cdp.regexp_like(value, '^[^0-9]*([+＋]|00)') -%}
    case
        when {{ cdp.regexp_like(value, '[A-Za-z]') }} then null
        when {{ has_code }} and {{ trunk }} <> '' and {{ dialled }} like {{ code }} || {{ trunk }} || '%'
            and ({{ trunk }} like '0%' or length({{ dialled }}) - length({{ code }}) > {{ country }}.max_digits)
            and length({{ dialled }}) - length({{ code }}) - length({{ trunk }}) between {{ lengths }}
            then '+' || {{ code }} || substr({{ dialled }}, length({{ code }} || {{ trunk }}) + 1)
        when {{ cdp.regexp_like(value, '^[^0-9]*[+＋]') }}
            then case when length({{ digits }}) between 7 and 15 then '+' || {{ digits }} end
        when {{ has_code }} and length({{ digits }}) between 9 and 17
            then '+' || substr({{ digits }}, 3)
        when {{ code }} is null then null
        when {{ country }}.national_pattern <> ''
            and {{ cdp.regexp_like_column(all_digits, country ~ '.national_pattern') }}
            then '+' || {{ country }}.calling_code || regexp_replace(
                {{ all_digits }}, {{ country }}.national_pattern, {{ country }}.national_replacement
            )
        when {{ all_digits }} like {{ code }} || '%' and length({{ behind_code }}) between {{ lengths }}
            and (
                length({{ all_digits }}) > {{ country }}.max_digits
                or (
                    {{ cdp.regexp_like_column(behind_code, country ~ '.number_pattern') }}
                    and not {{ cdp.regexp_like_column(all_digits, country ~ '.number_pattern') }}
                )
            )
            then '+' || {{ all_digits }}
        when {{ trunk }} <> '' and {{ all_digits }} like {{ code }} || '%'
            and {{ cdp.regexp_like_column(behind_code, country ~ '.number_pattern') }}
            then null
        when {{ trunk }} <> '' and {{ all_digits }} like {{ trunk }} || '%'
            and length({{ all_digits }}) - length({{ trunk }}) between {{ lengths }}
            then '+' || {{ country }}.calling_code || substr({{ all_digits }}, length({{ trunk }}) + 1)
        when length({{ all_digits }}) between {{ lengths }}
            then '+' || {{ country }}.calling_code || {{ all_digits }}
    end
{%- endmacro %}
