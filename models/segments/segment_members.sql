with

final as (

    {{ cdp.union_segments() }}

)

select * from final
