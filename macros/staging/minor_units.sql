{#-
    An amount in a currency's smallest unit as an amount in the currency, numeric(18,2).

    amount: integer expression; currency: its ISO 4217 code in any case. Currencies without a minor
    unit are taken as they are, those with three decimals are rounded to two. Multiplied, not divided:
    a product of decimals is exact on every engine, a quotient is not.
-#}
{% macro minor_units(amount, currency) -%}
    cast(
        case
            when upper({{ currency }}) in (
                'BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'UGX', 'VND',
                'VUV', 'XAF', 'XOF', 'XPF'
            ) then {{ amount }}
            when upper({{ currency }}) in ('BHD', 'JOD', 'KWD', 'OMR', 'TND') then {{ amount }} * 0.001
            else {{ amount }} * 0.01
        end as numeric(18, 2)
    )
{%- endmacro %}
