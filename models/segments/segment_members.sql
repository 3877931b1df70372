with

final as (

    {{ cdp.segments_unpivoted(ref('int_segments__judged')) }}

)

select * from final
