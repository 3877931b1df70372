{#-
    Whether two records contradict each other in what somebody has one of, a first name say, and neither
    was outweighed in it before. Where the given name of one is the family name of the other, nobody knows
    which of the two stands where: after a wedding as well, Nicole Berg and Falk Nicole are not two names.

    pair: alias of a row of match_levels; near, far: aliases of left-joined rows of match_outweighed;
    near_record, far_record: aliases of rows of int_identity__match_records.
-#}
{% macro match_contradicted(pair, near, far, near_record, far_record) -%}
    {%- for comparison, kind in cdp.match_comparisons().items() if kind.is_own -%}
    {{ ' or ' if not loop.first }}({{ pair }}.{{ comparison }}_level = 0 {{ cdp.match_uncrossed(near_record, far_record) if comparison == 'given_name' }} and coalesce({{ near }}.{{ comparison }}_count, 0) = 0 and coalesce({{ far }}.{{ comparison }}_count, 0) = 0)
    {%- endfor -%}
{%- endmacro %}


{#- A further condition: no given name is the other's family name, but for a letter. -#}
{% macro match_uncrossed(near, far) -%}
    and coalesce({{ cdp.edit_distance(near ~ '.given_name', far ~ '.family_name') }} > 1, 1 = 1)
    and coalesce({{ cdp.edit_distance(near ~ '.family_name', far ~ '.given_name') }} > 1, 1 = 1)
{%- endmacro %}


{#- Columns <comparison>_count: 1 where a record is unlike another that it is joined to all the same.
    pairs: alias of rows of match_levels, grouped by record. -#}
{% macro match_outweighed(pairs) -%}
    {%- for comparison, kind in cdp.match_comparisons().items() if kind.is_own -%}
    {{ ', ' if not loop.first }}max(case when {{ pairs }}.{{ comparison }}_level = 0 then 1 else 0 end) as {{ comparison }}_count
    {%- endfor -%}
{%- endmacro %}
