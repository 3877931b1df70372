-- As int_profile__streams_daily, for what the events were about.
with

{{ cdp.reopened_days() }},

{{ cdp.daily_facets('reopened') }}

select * from final
