-- As int_profile__records_daily, for what the events were about.
with

events as (

    select * from {{ ref('events') }}
    where not ({{ cdp.is_streamed() }})

),

{{ cdp.daily_facets('events') }}

select * from final
