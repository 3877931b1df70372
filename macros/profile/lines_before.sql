{#-
    The product lines of purchases as they stood at a moment: a select. as_of: timestamp expression;
    an order placed at or after it is none, and one cancelled or given back after it is whole.
-#}
{% macro lines_before(as_of) -%}
    select
        source_name,
        order_line_id,
        order_id,
        identifier_key,
        product_id,
        product_name,
        category_name,
        brand_name,
        price_band_code,
        channel_code,
        store_id,
        currency_code,
        quantity,
        kept_quantity,
        unit_price_amount,
        line_amount,
        kept_amount,
        cast(kept_amount - kept_quantity * unit_cost_amount as numeric(18, 2)) as margin_amount,
        ordered_at
    from (
        select
            kept.*,
            {{ cdp.ratio('kept.line_amount * kept.kept_quantity', 'kept.quantity') }} as kept_amount
        from (
            select
                costed.*,
                costed.quantity
                - case when costed.refunded_at < {{ as_of }} then costed.refund_quantity else 0 end
                    as kept_quantity
            from {{ ref('int_profile__lines_costed') }} as costed
            where {{ cdp.is_purchase('costed', as_of) }}
        ) as kept
    ) as valued
{%- endmacro %}
