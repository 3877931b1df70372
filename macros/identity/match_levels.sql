{#-
    Compares pairs of records: a select with near_id, far_id, one column <comparison>_level per
    comparison (integer, match_comparisons; -1 where nothing can be compared), the counted values'
    frequencies <comparison>_count, and contradiction_count: level 0 in what is a person's own.

    pairs: a CTE with near_id and far_id; records: a CTE of int_identity__match_records; nicknames: a CTE
    of pairs of names (one_name, other_name) that one person may go by.

    given_name     6 the same  5 given and family name swapped  4 one letter off, or two swapped
                   3 a nickname, an initial, a part of it  2 nearly the same letters in any order, or two
                   letters off  1 the same beginning  0 another, also that of another generation (Jr, Sr)
    family_name    5 the same  4 one letter off, or two swapped  3 a part of it  2 as above  1 the same
                   beginning; not compared where the names are swapped
    birth_date     5 the same  4 day and month swapped  3 one digit off, or two swapped  2 two digits off
                   1 at most a year apart
    person_number  3 the same  2 one digit off, or two swapped  1 two digits off
    street         4 name and number  3 number, and nearly the name  2 name alone  1 nearly the name, or
                   the number alone
    place          5 postal code and city  4 postal code  3 city, and nearly the code  2 city
                   1 nearly one of them; one comparison, since one follows from the other
    email          4 the same  3 up to two letters off  2 the same before the @  1 the same beginning
    phone          2 the same  1 up to two digits off
-#}
{% macro match_levels(pairs, records, nicknames) -%}
    {%- set comparisons = cdp.match_comparisons() -%}
    select
        judged.near_id,
        judged.far_id,
        {%- for comparison in comparisons %}
        judged.{{ comparison }}_level,
        {%- endfor %}
        judged.given_name_count,
        judged.family_name_count,
        {%- for comparison, kind in comparisons.items() if kind.is_own %}
        {{ '+ ' if not loop.first }}case when judged.{{ comparison }}_level = 0 then 1 else 0 end
        {%- endfor %} as contradiction_count
    from (
        select
            measured.near_id,
            measured.far_id,
            case
                when measured.near_given is null or measured.far_given is null then
                    case when measured.is_swapped then 5 else -1 end
                when measured.near_generation <> measured.far_generation then 0
                when measured.near_given = measured.far_given then 6
                when measured.is_swapped then 5
                {{ cdp.match_close_name('given') }}
                when measured.is_nickname
                    or {{ cdp.match_is_part_of('given') }}
                    or length(measured.near_given) = 1 and measured.far_given like measured.near_given || '%'
                    or length(measured.far_given) = 1 and measured.near_given like measured.far_given || '%'
                    then 3
                {{ cdp.match_near_name('given') }}
                else 0
            end as given_name_level,
            case
                when measured.near_family is null or measured.far_family is null or measured.is_swapped
                    then -1
                when measured.near_family = measured.far_family then 5
                {{ cdp.match_close_name('family') }}
                when {{ cdp.match_is_part_of('family') }} then 3
                {{ cdp.match_near_name('family') }}
                else 0
            end as family_name_level,
            case
                when measured.near_birth is null or measured.far_birth is null then -1
                when measured.near_birth = measured.far_birth then 5
                when substr(measured.near_birth, 1, 4) = substr(measured.far_birth, 1, 4)
                    and substr(measured.near_birth, 5, 2) = substr(measured.far_birth, 7, 2)
                    and substr(measured.near_birth, 7, 2) = substr(measured.far_birth, 5, 2)
                    then 4
                when measured.birth_digits_off = 1
                    or measured.birth_digits_off = 2
                    and measured.near_birth_letters = measured.far_birth_letters
                    then 3
                when measured.birth_digits_off = 2 then 2
                when abs(
                    cast(substr(measured.near_birth, 1, 4) as integer) * 12
                    + cast(substr(measured.near_birth, 5, 2) as integer)
                    - cast(substr(measured.far_birth, 1, 4) as integer) * 12
                    - cast(substr(measured.far_birth, 5, 2) as integer)
                ) <= 12 then 1
                else 0
            end as birth_date_level,
            case
                when measured.near_number is null or measured.far_number is null then -1
                when measured.near_number = measured.far_number then 3
                when measured.number_distance = 1
                    or measured.number_distance = 2
                    and measured.near_number_letters = measured.far_number_letters
                    then 2
                when measured.number_distance = 2 then 1
                else 0
            end as person_number_level,
            case
                when measured.near_street is null or measured.far_street is null then -1
                when measured.near_street = measured.far_street
                    and measured.near_house = measured.far_house
                    then 4
                when measured.street_distance <= 2 and measured.near_house = measured.far_house then 3
                when measured.near_street = measured.far_street then 2
                when measured.street_distance <= 2 or measured.near_house = measured.far_house then 1
                else 0
            end as street_level,
            case
                when measured.near_postal = measured.far_postal and measured.near_city = measured.far_city
                    then 5
                when measured.near_postal = measured.far_postal then 4
                when measured.near_city = measured.far_city and measured.postal_distance <= 2 then 3
                when measured.near_city = measured.far_city then 2
                when measured.postal_distance <= 1 or measured.city_distance <= 2
                    or measured.near_city_letters = measured.far_city_letters
                    then 1
                when measured.postal_distance is null and measured.city_distance is null then -1
                else 0
            end as place_level,
            case
                when measured.near_email is null or measured.far_email is null then -1
                when measured.near_email = measured.far_email then 4
                when measured.email_distance <= 2 then 3
                when split_part(measured.near_email, '@', 1) = split_part(measured.far_email, '@', 1)
                    then 2
                when substr(measured.near_email, 1, 5) = substr(measured.far_email, 1, 5) then 1
                else 0
            end as email_level,
            case
                when measured.near_phone is null or measured.far_phone is null then -1
                when measured.near_phone = measured.far_phone then 2
                when measured.phone_distance <= 2 then 1
                else 0
            end as phone_level,
            measured.given_name_count,
            measured.family_name_count
        from (
            select
                {{ pairs }}.near_id,
                {{ pairs }}.far_id,
                {%- for side in ['near', 'far'] %}
                {%- for column, short in [
                    ('given_name', 'given'), ('family_name', 'family'), ('generation', 'generation'),
                    ('birth_date', 'birth'), ('person_number', 'number'), ('street_name', 'street'),
                    ('house_digits', 'house'), ('postal_code', 'postal'), ('city', 'city'),
                    ('email', 'email'), ('phone', 'phone'), ('given_letters', 'given_letters'),
                    ('family_letters', 'family_letters'), ('birth_letters', 'birth_letters'),
                    ('number_letters', 'number_letters'), ('city_letters', 'city_letters'),
                ] %}
                {{ side }}_end.{{ column }} as {{ side }}_{{ short }},
                {%- endfor %}
                {%- endfor %}
                near_end.given_name_count,
                near_end.family_name_count,
                {%- for short, column in [
                    ('given', 'given_name'), ('family', 'family_name'), ('given_letters', 'given_letters'),
                    ('family_letters', 'family_letters'), ('number', 'person_number'),
                    ('street', 'street_name'), ('postal', 'postal_code'), ('city', 'city'),
                    ('email', 'email'), ('phone', 'phone'),
                ] %}
                {{ cdp.edit_distance('near_end.' ~ column, 'far_end.' ~ column) }} as {{ short }}_distance,
                {%- endfor %}
                {% for place in range(1, 9) -%}
                {{ '+ ' if not loop.first }}case when substr(near_end.birth_date, {{ place }}, 1) = substr(far_end.birth_date, {{ place }}, 1) then 0 else 1 end
                {% endfor -%}
                as birth_digits_off,
                coalesce(
                    near_end.given_name <> far_end.given_name
                    and coalesce(near_end.family_name <> far_end.family_name, 1 = 1),
                    1 = 1
                )
                and (
                    coalesce(
                        {{ cdp.edit_distance('near_end.given_letters', 'far_end.family_letters') }}
                        + {{ cdp.edit_distance('near_end.family_letters', 'far_end.given_letters') }} <= 2,
                        near_end.given_name = far_end.family_name,
                        near_end.family_name = far_end.given_name,
                        1 = 0
                    )
                    or coalesce(
                        near_end.given_name = far_end.family_name
                        and near_end.family_name = far_end.given_name,
                        1 = 0
                    )
                ) as is_swapped,
                {{ nicknames }}.one_name is not null as is_nickname
            from {{ pairs }}
            inner join {{ records }} as near_end on {{ pairs }}.near_id = near_end.cluster_id
            inner join {{ records }} as far_end on {{ pairs }}.far_id = far_end.cluster_id
            left join {{ nicknames }}
                on
                    near_end.first_word = {{ nicknames }}.one_name
                    and far_end.first_word = {{ nicknames }}.other_name
        ) as measured
    ) as judged
{%- endmacro %}


{#- Two cases of a name that is nearly the same. name: given or family. -#}
{% macro match_close_name(name) -%}
    when measured.{{ name }}_distance = 1
        or measured.{{ name }}_distance = 2
        and measured.near_{{ name }}_letters = measured.far_{{ name }}_letters
        then 4
{%- endmacro %}


{#- Two cases of a name whose letters, or whose beginning, are nearly the same. -#}
{% macro match_near_name(name) -%}
    when (
            measured.{{ name }}_distance = 2 and length(measured.near_{{ name }}) > 4
            or measured.{{ name }}_letters_distance <= 1 and length(measured.near_{{ name }}) > 3
        )
        then 2
    when length(measured.near_{{ name }}) > 2
        and substr(measured.near_{{ name }}, 1, 3) = substr(measured.far_{{ name }}, 1, 3)
        then 1
{%- endmacro %}


{#- Whether one name is a word of the other, or both are the same but for spaces. -#}
{% macro match_is_part_of(name) -%}
    ' ' || measured.near_{{ name }} || ' ' like '% ' || measured.far_{{ name }} || ' %'
    or ' ' || measured.far_{{ name }} || ' ' like '% ' || measured.near_{{ name }} || ' %'
    or replace(measured.near_{{ name }}, ' ', '') = replace(measured.far_{{ name }}, ' ', '')
{%- endmacro %}
