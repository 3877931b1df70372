{#- Rows of a rule seed that break a condition. valid: the condition that every row meets; fix: the
    sentence that names the file and the remedy, shown beside each row that fails. #}
{% test assert_seed_rows(model, valid, fix) %}
select
    rule_rows.*,
    cast('{{ fix }}' as varchar) as fix
from {{ model }} as rule_rows
where not coalesce({{ valid }}, false)
{% endtest %}
