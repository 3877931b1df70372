with

final as (

    {{ cdp.lines_before(cdp.as_of()) }}

)

select * from final
