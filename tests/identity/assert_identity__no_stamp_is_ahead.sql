{{ config(group="identity") }}
-- A run whose number is lower than a stamp would not be noticed by the models behind it.
select changed_in_run
from {{ ref('int_identity__sightings') }}
where changed_in_run > {{ cdp.run_number() }}
group by changed_in_run
