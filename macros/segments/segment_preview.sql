{#-
    What to know about a segment before it is committed: SQL statements, each after a line `--next: title`.
    members: its SQL; name: the segment it is or will be, left out of its own overlaps.
    Personal values are masked.
-#}
{% macro segment_preview(members, name) -%}
{%- set profiles = ref('profiles') -%}
{%- set present = ref('segment_members') -%}
--next: Size, and how many of them can and may get marketing by each channel
select
    count(members.profile_id) as members,
    cast(100.0 * count(members.profile_id) / nullif(count(*), 0) as numeric(18, 2)) as percent_of_profiles
    {%- for channel in ['email', 'sms', 'push', 'whatsapp'] %},
    sum(case when members.profile_id is not null and profiles.is_{{ channel }}_reachable then 1 else 0 end)
        as {{ channel }}
    {%- endfor %}
from {{ profiles }} as profiles
left join (
{{ members }}
) as members on profiles.profile_id = members.profile_id
--next: Compared with what is built
select
    case
        when present.profile_id is null then 'enters'
        when members.profile_id is null then 'leaves'
        else 'stays'
    end as people,
    count(*) as count_of_them
from (
{{ members }}
) as members
full outer join (
    select profile_id from {{ present }} where segment_name = '{{ name }}'
) as present on members.profile_id = present.profile_id
group by 1
order by 1
--next: Ten of its members
select
    substr(members.profile_id, 1, 8) as profile,
    {{ cdp.masked('profiles.full_name') }} as name,
    {{ cdp.masked('profiles.email') }} as email,
    profiles.country_code as country,
    profiles.lifecycle_stage_code as stage,
    members.evidence_json as evidence
from (
{{ members }}
) as members
inner join {{ profiles }} as profiles on members.profile_id = profiles.profile_id
order by md5(members.profile_id)
limit 10
--next: Overlap with other segments
select
    others.segment_name as segment,
    count(*) as shared,
    cast(100.0 * count(*) / nullif(max(members.member_count), 0) as numeric(18, 2)) as percent_of_this
from (
    select
        profile_id,
        count(*) over () as member_count
    from (
{{ members }}
    ) as counted
) as members
inner join {{ present }} as others on members.profile_id = others.profile_id
where others.segment_name <> '{{ name }}'
group by others.segment_name
order by shared desc, segment asc
--next: Compiled
{{ members }}
{%- endmacro %}


{#- A text of which the first letter and what stands behind an @ are shown. -#}
{% macro masked(text) -%}
    substr({{ text }}, 1, 1) || '***'
    || case when strpos({{ text }}, '@') > 0 then substr({{ text }}, strpos({{ text }}, '@')) else '' end
{%- endmacro %}
