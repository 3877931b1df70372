{#-
    From when an incremental model has to read its sources again: a select of `keys` and
    `read_from_at`, the latest arrival that the model holds less the loader's clock skew (var
    loader_skew_hours). A key without a row is read from the beginning; on a first run and on a full
    refresh there are no rows at all.

    keys: columns of the model that tell landed tables apart, since one of them may arrive days behind
    another, and a new one brings its history along. An arrival after as_of() is a clock that is
    wrong: to believe it would keep everything that comes after it from being read.
-#}
{% macro read_from(keys) %}
    {%- if is_incremental() %}
    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        max(received_at) - interval '{{ var("loader_skew_hours") }} hours' as read_from_at
    from {{ this }}
    where received_at <= {{ cdp.as_of() }}
    group by {{ keys | join(', ') }}
    {%- else %}
    select
        {%- for key in keys %}
        cast(null as varchar) as {{ key }},
        {%- endfor %}
        cast(null as timestamp) as read_from_at
    where 1 = 0
    {%- endif %}
{% endmacro %}
