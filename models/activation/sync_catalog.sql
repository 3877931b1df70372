with

final as (

    {{ cdp.syncs_listed() }}

)

select * from final
