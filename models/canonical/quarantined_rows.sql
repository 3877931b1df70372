with

final as (

    {{ cdp.union_feeds('quarantined_rows') }}

)

select * from final
