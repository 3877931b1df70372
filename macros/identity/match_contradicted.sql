{#-
    Whether two records contradict each other in what somebody has one of, a first name say, and neither
    was outweighed in it before.

    pair: alias of a row of match_levels; near, far: aliases of left-joined rows of match_outweighed.
-#}
{% macro match_contradicted(pair, near, far) -%}
    {%- for comparison, kind in cdp.match_comparisons().items() if kind.is_own -%}
    {{ ' or ' if not loop.first }}({{ pair }}.{{ comparison }}_level = 0 and coalesce({{ near }}.{{ comparison }}_count, 0) = 0 and coalesce({{ far }}.{{ comparison }}_count, 0) = 0)
    {%- endfor -%}
{%- endmacro %}


{#- Columns <comparison>_count: 1 where a record is unlike another that it is joined to all the same.
    pairs: alias of rows of match_levels, grouped by record. -#}
{% macro match_outweighed(pairs) -%}
    {%- for comparison, kind in cdp.match_comparisons().items() if kind.is_own -%}
    {{ ', ' if not loop.first }}max(case when {{ pairs }}.{{ comparison }}_level = 0 then 1 else 0 end) as {{ comparison }}_count
    {%- endfor -%}
{%- endmacro %}
