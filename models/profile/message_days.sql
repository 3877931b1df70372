with

message_events as (

    select * from {{ ref('message_events') }}

),

{{ cdp.daily_messages('message_events') }}

select * from final
