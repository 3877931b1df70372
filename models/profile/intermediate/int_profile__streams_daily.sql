-- Daily facts per identifier, not per person: a merge of two people re-adds a few small rows, and
-- no event is ever rewritten. A run recomputes the days that rows arrived for, late ones too,
-- wholly.
with

{{ cdp.reopened_days() }},

{{ cdp.daily_facts('reopened') }}

select * from final
