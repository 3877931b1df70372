{#-
    A word that is neither a known yes nor a known no counts as a no, and the basis says so: a
    withdrawal that nobody understood must not leave an older grant standing.
-#}
{%- set status = 'lower(trim(landed.status))' -%}
{%- set granted = status ~ " in (
                'granted', 'given', 'accepted', 'opted_in', 'opt_in', 'yes', 'true'
            )"
-%}
{%- set denied = status ~ " in (
                'denied', 'withdrawn', 'revoked', 'rejected', 'opted_out', 'opt_out', 'no', 'false'
            )"
-%}
with

landed as (

    {{ cdp.landed('consent', 'consent_record', refused=[
        ['missing_value', 'email', "
            coalesce(trim(email), '') || coalesce(trim(user_id), '') || coalesce(trim(phone), '')
            = ''
        "],
        ['missing_value', 'purpose', "coalesce(trim(purpose), '') = ''"],
        ['missing_value', 'channel', "coalesce(trim(channel), '') = ''"],
        ['missing_value', 'status', "coalesce(trim(status), '') = ''"],
    ]) }}

),

final as (

    select
        nullif(trim(landed.email), '') as email,
        nullif(trim(landed.phone), '') as phone,
        nullif(trim(landed.user_id), '') as user_id,
        nullif(lower(trim(landed.purpose)), '') as purpose_code,
        nullif(lower(trim(landed.channel)), '') as channel_code,
        case
            when {{ granted }} then 'granted'
            when coalesce(trim(landed.status), '') <> '' then 'denied'
        end as status_code,
        case
            when {{ granted }} or {{ denied }} then landed.source_text
            else 'status not understood: ' || trim(landed.status)
        end as basis_text,
        upper(trim(landed.country_code)) as country_code,
        landed.recorded_at,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
