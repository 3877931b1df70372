{#- Where the sync engine looks up how to send; the files of the syncs say it, see sync_catalog. -#}
with

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

final as (

    select
        sync_name,
        destination_code,
        transport_code,
        max_in_flight,
        retry_days
    from sync_catalog

)

select * from final
