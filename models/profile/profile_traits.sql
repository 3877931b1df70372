with

final as (

    {{ cdp.profile_traits_as_of(cdp.as_of(), ref('profile_trait_statements')) }}

)

select * from final
