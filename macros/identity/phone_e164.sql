{#-
    A phone number in E.164, or null.

    value: as written; digits: its digits alone; calling_code, trunk_prefix: of the record's country,
    null when unknown. A leading + or 00 says that the country code is there; otherwise the national
    trunk prefix is cut and the country's code put in front. Seven to fifteen digits after the code
    (ITU-T E.164 allows fifteen in all). Letters ("ext 12", vanity numbers) make it unusable.
-#}
{% macro phone_e164(value, digits, calling_code, trunk_prefix) -%}
    case
        when {{ cdp.regexp_like(value, '[A-Za-z]') }} then null
        when trim({{ value }}) like '+%' and length({{ digits }}) between 8 and 15
            then '+' || {{ digits }}
        when trim({{ value }}) like '00%' and length({{ digits }}) between 10 and 17
            then '+' || substr({{ digits }}, 3)
        when {{ calling_code }} is null then null
        when {{ trunk_prefix }} <> '' and {{ digits }} like {{ trunk_prefix }} || '%'
            and length({{ calling_code }} || {{ digits }}) - length({{ trunk_prefix }}) between 9 and 15
            then '+' || {{ calling_code }} || substr({{ digits }}, length({{ trunk_prefix }}) + 1)
        when length({{ calling_code }} || {{ digits }}) between 9 and 15
            then '+' || {{ calling_code }} || {{ digits }}
    end
{%- endmacro %}
