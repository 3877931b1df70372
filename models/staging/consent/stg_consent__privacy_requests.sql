{#- The words that tools and laws have for the two requests. -#}
{%- set request = 'lower(trim(landed.request_type))' -%}
{%- set erasure = request ~ " in (
                'erasure', 'erase', 'delete', 'deletion', 'forget', 'right_to_be_forgotten'
            )"
-%}
{%- set access = request ~ " in ('access', 'export', 'portability', 'right_to_know')" -%}
with

landed as (

    {{ cdp.landed('consent', 'privacy_request', refused=[
        ['missing_value', 'email', "coalesce(trim(email), '') || coalesce(trim(user_id), '') = ''"],
        ['value_out_of_range', 'request_type', "
            not coalesce(" ~ (erasure ~ ' or ' ~ access) | replace('landed.', '') ~ ", false)
        "],
    ]) }}

),

final as (

    select
        nullif(trim(landed.email), '') as email,
        nullif(trim(landed.user_id), '') as user_id,
        case
            when {{ erasure }} then 'erasure'
            when {{ access }} then 'access'
        end as request_type,
        landed.requested_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
