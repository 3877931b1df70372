with

final as (

    {{ cdp.profile_traits_as_of(cdp.as_of()) }}

)

select * from final
