{#-
    An amount in a currency's smallest unit as an amount in the currency, numeric(18,2).

    amount: integer expression; currency: its ISO 4217 code in any case. Currencies without a minor
    unit (ISO 4217 exponent 0) are taken as they are.
-#}
{% macro minor_units(amount, currency) -%}
    cast(
        case
            when upper({{ currency }}) in (
                'BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'UGX', 'VND',
                'VUV', 'XAF', 'XOF', 'XPF'
            ) then {{ amount }}
            else {{ amount }} / 100.0
        end as numeric(18, 2)
    )
{%- endmacro %}
