{#-
    Incremental strategy `replace`: delete+insert by the unique key, where a row with `is_gone` only
    deletes. So a model can take back rows whose source is gone.

    arg_dict: as dbt hands it to a strategy.
-#}
{% macro get_incremental_replace_sql(arg_dict) -%}
    {%- set keys = [arg_dict['unique_key']] if arg_dict['unique_key'] is string else arg_dict['unique_key'] -%}
    {%- set columns = get_quoted_csv(arg_dict['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arg_dict['target_relation'] }}
    where ({{ keys | join(', ') }}) in (select {{ keys | join(', ') }} from {{ arg_dict['temp_relation'] }});

    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
    where not is_gone
{%- endmacro %}
