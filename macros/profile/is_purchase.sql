{#-
    Whether an order was a purchase as known at a moment: a condition. A test, an order over nothing
    and one that waits for its payment never are; one that was cancelled later still is.
    relation: name of canonical.orders in the query; as_of: timestamp expression.
-#}
{% macro is_purchase(relation, as_of) -%}
    (
        not {{ relation }}.is_test
        and {{ relation }}.total_amount > 0
        and {{ relation }}.ordered_at < {{ as_of }}
        and (
            {{ relation }}.status_code in ('completed', 'refunded')
            or (
                {{ relation }}.status_code = 'cancelled'
                and coalesce({{ relation }}.cancelled_at, {{ relation }}.updated_at) >= {{ as_of }}
            )
        )
    )
{%- endmacro %}
