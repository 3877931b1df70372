{#- ISO 3166 alpha-2 of a country as CRMs and forms write it: two letters stay, the English names of
    the countries that people type out are known; anything else is null, and phone numbers of that
    record go without a hint. -#}
{% macro country_code(country) -%}
    case
        when length(trim({{ country }})) = 2 then upper(trim({{ country }}))
        when lower(trim({{ country }})) in ('united states', 'united states of america', 'usa') then 'US'
        when lower(trim({{ country }})) in ('united kingdom', 'great britain', 'england', 'gbr') then 'GB'
        when lower(trim({{ country }})) in ('germany', 'deutschland', 'deu') then 'DE'
        when lower(trim({{ country }})) in ('france', 'fra') then 'FR'
        when lower(trim({{ country }})) in ('spain', 'espana', 'esp') then 'ES'
        when lower(trim({{ country }})) in ('italy', 'italia', 'ita') then 'IT'
        when lower(trim({{ country }})) in ('netherlands', 'the netherlands', 'nld') then 'NL'
        when lower(trim({{ country }})) in ('austria', 'aut') then 'AT'
        when lower(trim({{ country }})) in ('switzerland', 'che') then 'CH'
        when lower(trim({{ country }})) in ('canada', 'can') then 'CA'
        when lower(trim({{ country }})) in ('australia', 'aus') then 'AU'
        when lower(trim({{ country }})) in ('japan', 'jpn') then 'JP'
    end
{%- endmacro %}
