{#-
    What was known of the products that everybody bought at a moment: a select with one row per
    profile. as_of: timestamp expression, see lines_before.
-#}
{% macro line_features(as_of) -%}
    select
        bought.profile_id,
        cast(sum(bought.kept_quantity) as integer) as item_count,
        cast(count(distinct bought.product_id) as integer) as product_count,
        cast(count(distinct bought.order_id) as integer) as lined_order_count,
        cast(sum(bought.margin_amount) as numeric(18, 2)) as margin_amount,
        cast(sum(case
            when {{ cdp.in_last_days('bought.ordered_at', 365, as_of) }} then bought.margin_amount
        end) as numeric(18, 2)) as margin_365_days_amount,
        cast(sum(case when bought.margin_amount is not null then bought.kept_amount end) as numeric(18, 2))
            as costed_amount,
        max(case when bought.last_number = 1 then bought.product_name end) as last_product_name
    from (
        select
            identity_map.profile_id,
            lines.*,
            row_number() over (
                partition by identity_map.profile_id
                order by
                    lines.ordered_at desc, lines.unit_price_amount desc,
                    {{ cdp.binary_order('lines.source_name') }}, {{ cdp.binary_order('lines.order_line_id') }}
            ) as last_number
        from (
            {{ cdp.lines_before(as_of) }}
        ) as lines
        inner join {{ ref('identity_map') }} as identity_map
            on lines.identifier_key = identity_map.identifier_key
    ) as bought
    group by bought.profile_id
{%- endmacro %}
