with

fed as (

    {{ cdp.union_feeds('account_members', derived=['identifier_key']) }}

),

keyed as (

    {{ cdp.with_identifier_key('fed') }}

),

final as (

    select
        source_name,
        source_table,
        record_key,
        account_id,
        identifier_type,
        identifier_value,
        country_code,
        identifier_key,
        title_text,
        since_at,
        received_at
    from keyed

)

select * from final
