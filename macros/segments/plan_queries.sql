{#-
    What a plan would change: SQL statements, each after a line `--next: title`. orchestration/plan.py has
    built models again in schemas with a prefix; each statement compares such a table with the
    warehouse's own.

    prefix: of the plan's schemas; planned: names of the tables that are there. A statement whose table
    is not among them is left out.
-#}
{% macro plan_queries(prefix, planned) -%}
    {%- set new = {} -%}
    {%- for name in [
        'identity_map', 'segment_members', 'segment_catalog', 'int_activation__members_judged',
        'sync_plan',
    ] -%}
        {%- set old = ref(name) -%}
        {%- do new.update({name: api.Relation.create(
            database=old.database, schema=prefix ~ old.schema, identifier=old.identifier
        )}) -%}
    {%- endfor -%}
    {%- if 'segment_members' in planned -%}
{{ cdp.plan_of_audiences(new) }}
    {%- endif -%}
    {%- if 'int_activation__members_judged' in planned -%}
{{ cdp.plan_of_destinations(new) }}
    {%- endif -%}
    {%- if 'identity_map' in planned -%}
{{ cdp.plan_of_identity(new) }}
    {%- endif -%}
{%- endmacro %}


{#- Who enters and leaves each segment. -#}
{% macro plan_of_audiences(new) -%}
{%- set compared -%}
    select
        coalesce(planned.segment_name, present.segment_name) as segment,
        coalesce(planned.profile_id, present.profile_id) as profile_id,
        planned.profile_id is not null as will_be_in,
        present.profile_id is not null as is_in,
        coalesce(planned.evidence_json, present.evidence_json) as evidence
    from {{ new.segment_members }} as planned
    full outer join {{ ref('segment_members') }} as present
        on
            planned.segment_name = present.segment_name
            and planned.profile_id = present.profile_id
{%- endset -%}
--next: Audiences
select
    listed.segment,
    sum(case when compared.is_in then 1 else 0 end) as members_now,
    sum(case when compared.will_be_in then 1 else 0 end) as members_then,
    sum(case when compared.will_be_in and not compared.is_in then 1 else 0 end) as enter,
    sum(case when compared.is_in and not compared.will_be_in then 1 else 0 end) as leave,
    case
        when listed.rule_now is null then 'new'
        when listed.rule_then is null then 'removed'
        when listed.rule_now <> listed.rule_then then 'changed'
        else 'same'
    end as rule
from (
    select
        coalesce(planned.segment_name, present.segment_name) as segment,
        present.rule_version as rule_now,
        planned.rule_version as rule_then
    from {{ new.segment_catalog }} as planned
    full outer join {{ ref('segment_catalog') }} as present
        on planned.segment_name = present.segment_name
) as listed
left join (
{{ compared }}
) as compared on listed.segment = compared.segment
group by listed.segment, listed.rule_now, listed.rule_then
having
    sum(case when compared.is_in <> compared.will_be_in then 1 else 0 end) > 0
    or coalesce(listed.rule_now, '') <> coalesce(listed.rule_then, '')
order by listed.segment
--next: Five people who enter or leave each audience
select
    segment,
    movement,
    profile,
    evidence
from (
    select
        segment,
        case when will_be_in then 'enters' else 'leaves' end as movement,
        substr(profile_id, 1, 8) as profile,
        evidence,
        row_number() over (partition by segment, will_be_in order by md5(profile_id) asc) as place
    from (
{{ compared }}
    ) as compared
    where is_in <> will_be_in
) as ranked
where place <= 5
order by segment, movement, place
{% endmacro %}


{#- Who enters and leaves each destination, and what would be sent next. -#}
{% macro plan_of_destinations(new) -%}
--next: Destinations, consent applied
select
    coalesce(planned.sync_name, present.sync_name) as sync,
    coalesce(planned.audience_name, present.audience_name) as audience,
    count(present.profile_id) as members_now,
    count(planned.profile_id) as members_then,
    sum(case when present.profile_id is null then 1 else 0 end) as enter,
    sum(case when planned.profile_id is null then 1 else 0 end) as leave
from (
    select * from {{ new.int_activation__members_judged }}
    where refusal_code is null
) as planned
full outer join (
    select * from {{ ref('int_activation__members_judged') }}
    where refusal_code is null
) as present
    on
        planned.sync_name = present.sync_name
        and planned.audience_name = present.audience_name
        and planned.member_key = present.member_key
group by coalesce(planned.sync_name, present.sync_name), coalesce(planned.audience_name, present.audience_name)
having
    sum(case when present.profile_id is null or planned.profile_id is null then 1 else 0 end) > 0
order by sync, audience
--next: What the next sync would send
select
    coalesce(planned.sync_name, present.sync_name) as sync,
    coalesce(planned.audience_name, present.audience_name) as audience,
    coalesce(planned.operation_code, present.operation_code) as operation,
    coalesce(planned.hold_code, present.hold_code) as held_by,
    coalesce(present.change_count, 0) as as_it_is,
    coalesce(planned.change_count, 0) as as_planned
from (
{{ cdp.plan_of_changes(new.sync_plan) }}
) as planned
full outer join (
{{ cdp.plan_of_changes(ref('sync_plan')) }}
) as present
    on
        planned.sync_name = present.sync_name
        and planned.audience_name = present.audience_name
        and planned.operation_code = present.operation_code
        and planned.hold_code = present.hold_code
where coalesce(present.change_count, 0) <> coalesce(planned.change_count, 0)
order by sync, audience, operation, held_by
{% endmacro %}


{#- Changes that wait to be sent, counted. -#}
{% macro plan_of_changes(relation) -%}
    select
        sync_name,
        audience_name,
        operation_code,
        coalesce(hold_code, 'nothing') as hold_code,
        count(*) as change_count
    from {{ relation }}
    group by sync_name, audience_name, operation_code, coalesce(hold_code, 'nothing')
{%- endmacro %}


{#- Which people become one, and which one becomes several. An identifier that nobody had is new. -#}
{% macro plan_of_identity(new) -%}
{%- set moved -%}
    select
        present.profile_id as profile_now,
        planned.profile_id as profile_then,
        count(*) as identifier_count
    from {{ ref('identity_map') }} as present
    inner join {{ new.identity_map }} as planned on present.identifier_key = planned.identifier_key
    group by present.profile_id, planned.profile_id
{%- endset -%}
{%- set merged -%}
    select
        profile_then,
        count(*) as profile_count,
        sum(identifier_count) as identifier_count,
        min(profile_now) as one_of_them
    from (
{{ moved }}
    ) as moved
    group by profile_then
    having count(*) > 1
{%- endset -%}
{%- set split -%}
    select
        profile_now,
        count(*) as profile_count,
        sum(identifier_count) as identifier_count,
        min(profile_then) as one_of_them
    from (
{{ moved }}
    ) as moved
    group by profile_now
    having count(*) > 1
{%- endset -%}
--next: Identity
select
    (select count(distinct profile_id) from {{ ref('identity_map') }}) as people_now,
    (select count(distinct profile_id) from {{ new.identity_map }}) as people_then,
    (select coalesce(sum(profile_count), 0) from (
{{ merged }}
    ) as merged) as merge,
    (select count(*) from (
{{ merged }}
    ) as merged) as into,
    (select count(*) from (
{{ split }}
    ) as split) as split,
    (select coalesce(sum(profile_count), 0) from (
{{ split }}
    ) as split) as into_parts
--next: Twenty people who merge or split
select
    movement,
    substr(profile, 1, 8) as profile,
    profile_count as profiles,
    identifier_count as identifiers
from (
    select 'merges from' as movement, profile_then as profile, profile_count, identifier_count
    from (
{{ merged }}
    ) as merged
    union all
    select 'splits into' as movement, profile_now as profile, profile_count, identifier_count
    from (
{{ split }}
    ) as split
) as together
order by identifier_count desc, profile asc
limit 20
{% endmacro %}
