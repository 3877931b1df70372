{#-
    Pairs of first names that one person may go by: a select of one_name and other_name, both ways, from
    seed nicknames. Liz and Beth are one through Elizabeth.
-#}
{% macro nickname_pairs() -%}
    select
        near_end.one_name,
        far_end.one_name as other_name
    from (
        select nickname as one_name, given_name from {{ ref('nicknames') }}
        union
        select given_name as one_name, given_name from {{ ref('nicknames') }}
    ) as near_end
    inner join (
        select nickname as one_name, given_name from {{ ref('nicknames') }}
        union
        select given_name as one_name, given_name from {{ ref('nicknames') }}
    ) as far_end on near_end.given_name = far_end.given_name
    where near_end.one_name <> far_end.one_name
    group by near_end.one_name, far_end.one_name
{%- endmacro %}
