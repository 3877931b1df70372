{{ cdp.segments_judged() }}
