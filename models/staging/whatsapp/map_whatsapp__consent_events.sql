{#- A stop of something else, or of nothing by name, is one to everything on the channel. -#}
with

preferences as (

    select * from {{ ref('stg_whatsapp__user_preferences') }}
    where
        category_code = 'marketing_messages'
        or value_code = 'stop'

),

statements as (

    {{ cdp.statements_heeded(
        'preferences',
        refusal="(value_code = 'stop' and phone is not null)",
        clock='occurred_at'
    ) }}

),

final as (

    select
        'whatsapp' as source_name,
        'user_preference' as source_table,
        record_key,
        'phone' as identifier_type,
        phone as identifier_value,
        cast(null as varchar) as country_code,
        case when category_code = 'marketing_messages' then 'marketing' else 'all' end
            as purpose_code,
        'whatsapp' as channel_code,
        case value_code when 'resume' then 'granted' else 'denied' end as status_code,
        'said in the chat: ' || value_code as basis_text,
        stated_at as occurred_at,
        received_at
    from statements

)

select * from final
