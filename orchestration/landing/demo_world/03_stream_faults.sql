-- What streams do wrong beside that: deliver twice, and carry clocks from nowhere.
insert into raw_segment.tracks
select * replace (least(received_at + interval 1 hour, timestamp '$as_of') as received_at)
from raw_segment.tracks where hash(id, 'again', $seed) % 200 = 0;
insert into raw_segment.pages
select * replace (least(received_at + interval 2 hour, timestamp '$as_of') as received_at)
from raw_segment.pages where hash(id, 'again', $seed) % 200 = 0;
insert into raw_snowplow.events
select * replace (least(collector_tstamp + interval 3 hour, timestamp '$as_of') as collector_tstamp)
from raw_snowplow.events where hash(event_id, 'again', $seed) % 200 = 0;
-- What a world too small for one in five thousand has as well.
update raw_segment.tracks set "timestamp" = timestamp '0001-01-01 00:00:00' where id in (select min(id) from raw_segment.tracks);
update raw_segment.tracks set "timestamp" = timestamp '9999-12-31 00:00:00' where id in (select max(id) from raw_segment.tracks);
update raw_snowplow.events set page_url = repeat('x', 70000)
where event_id in (select min(event_id) from raw_snowplow.events);
