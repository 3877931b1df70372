with

stores as (

    select * from {{ ref('stg_pos__stores') }}
    where quarantine_reason is null

),

final as (

    select
        'pos' as source_name,
        'store' as source_table,
        record_key,
        store_id,
        store_name,
        city_name,
        country_code,
        latitude,
        longitude,
        opened_on,
        received_at
    from stores

)

select * from final
