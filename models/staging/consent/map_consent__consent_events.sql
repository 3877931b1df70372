{#-
    A no holds for each identifier that its record names: identity may not hold them for one person's.
    A yes holds for the address, or else for the login or the number; for what else its record names it
    only takes an earlier no back, since an address that somebody typed may be a friend's.
-#}
with

consent_records as (

    select * from {{ ref('stg_consent__consent_records') }}

),

privacy_requests as (

    select * from {{ ref('stg_consent__privacy_requests') }}

),

statements as (

    {{ cdp.statements_heeded(
        'consent_records',
        refusal="(status_code = 'denied' and coalesce(email, phone, user_id) is not null)",
        clock='recorded_at'
    ) }}

),

requests as (

    {{ cdp.statements_heeded(
        'privacy_requests',
        refusal="(
            request_type in ('objection', 'sale_opt_out')
            and coalesce(email, phone, user_id) is not null
        )",
        clock='requested_at'
    ) }}

),

-- A no that names no purpose or no channel is a no to all of them.
said as (

    select
        'consent_record' as source_table,
        record_key,
        email,
        user_id,
        phone,
        country_code,
        coalesce(purpose_code, 'all') as purpose_code,
        coalesce(channel_code, 'all') as channel_code,
        status_code,
        basis_text,
        stated_at,
        received_at
    from statements
    union all
    select
        'privacy_request' as source_table,
        record_key,
        email,
        user_id,
        phone,
        country_code,
        case request_type when 'sale_opt_out' then 'advertising' else 'all' end as purpose_code,
        'all' as channel_code,
        'denied' as status_code,
        'privacy request: ' || request_type as basis_text,
        stated_at,
        received_at
    from requests
    where request_type in ('objection', 'sale_opt_out')

),

-- What was typed into an e-mail field may be no address; the statement still counts.
named as (

    select
        said.*,
        'email' as identifier_type,
        said.email as identifier_value,
        case when {{ cdp.email_address('said.email') }} is null then 4 else 1 end as preference
    from said
    where
        {{ cdp.email_address('said.email') }} is not null
        or coalesce(said.user_id, said.phone) is null
    union all
    select
        said.*,
        'user_id' as identifier_type,
        said.user_id as identifier_value,
        2 as preference
    from said
    where said.user_id is not null
    union all
    select
        said.*,
        'phone' as identifier_type,
        said.phone as identifier_value,
        3 as preference
    from said
    where said.phone is not null

),

ranked as (

    select
        named.*,
        row_number() over (partition by named.record_key order by named.preference) as place
    from named

),

refused as (

    select
        identifier_type,
        identifier_value,
        purpose_code
    from named
    where status_code = 'denied'
    group by identifier_type, identifier_value, purpose_code

),

final as (

    select
        'consent' as source_name,
        ranked.source_table,
        ranked.record_key,
        ranked.identifier_type,
        ranked.identifier_value,
        ranked.country_code,
        ranked.purpose_code,
        ranked.channel_code,
        ranked.status_code,
        ranked.basis_text,
        ranked.stated_at as occurred_at,
        ranked.received_at
    from ranked
    left join refused
        on
            ranked.identifier_type = refused.identifier_type
            and ranked.identifier_value = refused.identifier_value
            and ranked.purpose_code = refused.purpose_code
    left join refused as refused_for_all
        on
            ranked.identifier_type = refused_for_all.identifier_type
            and ranked.identifier_value = refused_for_all.identifier_value
            and refused_for_all.purpose_code = 'all'
    where
        ranked.place = 1
        or ranked.status_code = 'denied'
        or refused.purpose_code is not null
        or refused_for_all.purpose_code is not null

)

select * from final
