{#-
    The words that tools and laws have for the requests. An objection also stands for a withdrawal and
    a restriction: whichever the law calls it, the person wants no more of it. Other words are left to
    people, in quarantine: a request to correct an address is no refusal.
-#}
{%- set request = "replace(replace(lower(trim(landed.request_type)), ' ', '_'), '-', '_')" -%}
{%- set words = {
    'erasure': [
        'erasure', 'erase', 'delete', 'deletion', 'forget', 'right_to_be_forgotten',
        'right_to_erasure', 'right_to_delete',
    ],
    'access': ['access', 'export', 'portability', 'right_to_know'],
    'objection': [
        'objection', 'object', 'right_to_object', 'object_to_marketing', 'restriction', 'restrict',
        'restrict_processing', 'right_to_restriction', 'withdraw', 'withdrawal', 'withdraw_consent',
        'opt_out', 'unsubscribe', 'do_not_contact',
    ],
    'sale_opt_out': [
        'sale_opt_out', 'opt_out_of_sale', 'opt_out_of_sharing', 'opt_out_of_sale_or_sharing',
        'do_not_sell', 'do_not_share', 'do_not_sell_or_share', 'do_not_sell_my_data',
        'do_not_sell_my_personal_information', 'do_not_sell_or_share_my_personal_information',
        'targeted_advertising_opt_out', 'opt_out_of_targeted_advertising',
    ],
} -%}
{%- set known = words.values() | sum(start=[]) -%}
with

landed as (

    {{ cdp.landed('consent', 'privacy_request', refused=[
        ['missing_value', 'email', "
            coalesce(trim(email), '') || coalesce(trim(user_id), '') || coalesce(trim(phone), '')
            = ''
        "],
        ['value_out_of_range', 'request_type',
            'coalesce(' ~ request | replace('landed.', '') ~ ", '') not in ('"
            ~ known | join("', '") ~ "')"
        ],
    ]) }}

),

final as (

    select
        nullif(trim(landed.email), '') as email,
        nullif(trim(landed.phone), '') as phone,
        nullif(trim(landed.user_id), '') as user_id,
        upper(trim(landed.country_code)) as country_code,
        case
            {%- for request_type, alike in words.items() %}
            when
                {{ request }} in (
                    {%- for word in alike %}
                    '{{ word }}'{{ ',' if not loop.last }}
                    {%- endfor %}
                )
                then '{{ request_type }}'
            {%- endfor %}
        end as request_type,
        landed.requested_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
