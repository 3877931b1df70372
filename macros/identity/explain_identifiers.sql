{#-
    Why are two identifiers one person, or why not? A select with one row per step:

      step_number, kind_code, from_identifier, to_identifier, class_code, source_name, record_key,
      observed_at, reason_text

    kind_code  identifier    what the two names were found to be; not_found where nothing was
               link          one link of the shortest chain of evidence between them; class inferred where
                             likeness is all there is
               refused_link  a link between their two profiles that a limit refused
               rejected      one of them may not link records
               nothing       no record links them

    one, other: {'type': ..., 'value': ..., 'source': ...}; value as normalised, or the
    identifier_key with type identifier_key; source narrows types whose values are local to one.
    The chain is sought up to 25 links long. Use it from `./run explain`, an analysis or `dbt show`.
    Raises an error where a type is empty.
-#}
{% macro explain_identifiers(one, other) -%}
    {%- for end in [one, other] if not end.type or not end.value -%}
        {{ exceptions.raise_compiler_error('explain_identifiers needs a type and a value, e.g. email:ann@mail.de') }}
    {%- endfor -%}
with recursive
known as (
    select
        identity_map.*,
        identity_map.identifier_type || ':' || identity_map.identifier_normalised as label
    from {{ ref('identity_map') }} as identity_map
),

ends as (
    {%- for end in [one, other] %}
    select
        {{ loop.index }} as end_number,
        min(known.identifier_key) as identifier_key
    from known
    where
        {%- if end.type == 'identifier_key' %}
        known.identifier_key = {{ dbt.string_literal(end.value) }}
        {%- else %}
        known.identifier_type = {{ dbt.string_literal(end.type) }}
        and known.identifier_normalised
        in ({{ dbt.string_literal(end.value) }}, {{ dbt.string_literal(end.value | lower) }})
        {%- if end.source %}
        and known.identifier_namespace = {{ dbt.string_literal(end.source) }}
        {%- endif %}
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

found as (
    select
        ends.end_number,
        known.identifier_key,
        known.profile_id,
        known.label
    from ends
    inner join known on ends.identifier_key = known.identifier_key
),

edges as (
    select
        edge_key, identifier_key, linked_identifier_key, class_code, source_name, record_key,
        first_observed_at, last_observed_at,
        case
            when is_manual then 'a person decided so'
            when source_name = 'identifier_rules' then 'one is the hash of the other'
            else 'seen together in ' || cast(record_count as varchar) || ' records'
        end as reason_text
    from {{ ref('identity_edges') }}
    union all
    select
        scored_link_key, identifier_key, linked_identifier_key, class_code, 'identity_scored_links',
        scored_link_key, cast(null as timestamp), cast(null as timestamp),
        'alike with probability ' || cast(match_probability as varchar) || ': ' || levels_text
    from {{ ref('identity_scored_links') }}
    where decision_code = 'joined'
),

directed as (
    select edges.*, edges.identifier_key as near_key, edges.linked_identifier_key as far_key
    from edges
    union all
    select edges.*, edges.linked_identifier_key as near_key, edges.identifier_key as far_key
    from edges
),

usable as (
    select directed.*
    from directed
    inner join known as near_end on directed.near_key = near_end.identifier_key
    inner join known as far_end on directed.far_key = far_end.identifier_key
    where
        near_end.profile_id = far_end.profile_id
        and near_end.profile_id in (select profile_id from found)
),

reached (identifier_key, steps) as (
    select identifier_key, 0
    from found
    where end_number = 1
    union
    select usable.far_key, reached.steps + 1
    from reached
    inner join usable on reached.identifier_key = usable.near_key
    where reached.steps < 25
),

distances as (
    select identifier_key, min(steps) as steps
    from reached
    group by identifier_key
),

{#- The best link of a node towards the first identifier. #}
back as (
    select
        usable.*,
        distances.steps,
        row_number() over (
            partition by usable.far_key
            order by
                {{ cdp.identity_class_rank('usable.class_code') }},
                usable.last_observed_at desc nulls last,
                usable.edge_key
        ) as choice_number
    from usable
    inner join distances on usable.far_key = distances.identifier_key
    inner join distances as nearer
        on usable.near_key = nearer.identifier_key and distances.steps = nearer.steps + 1
),

chain (near_key, far_key, edge_key, steps) as (
    select back.near_key, back.far_key, back.edge_key, back.steps
    from back
    inner join found on back.far_key = found.identifier_key
    where back.choice_number = 1 and found.end_number = 2
    union
    select back.near_key, back.far_key, back.edge_key, back.steps
    from chain
    inner join back on chain.near_key = back.far_key
    where back.choice_number = 1
),

profiles_apart as (
    select
        one_end.profile_id as one_profile_id,
        other_end.profile_id as other_profile_id
    from found as one_end
    inner join found as other_end on one_end.end_number = 1 and other_end.end_number = 2
    where one_end.profile_id <> other_end.profile_id
),

refused as (
    select
        conflicts.*,
        low_end.label as from_label,
        high_end.label as to_label
    from {{ ref('identity_conflicts') }} as conflicts
    inner join known as low_end on conflicts.identifier_key = low_end.identifier_key
    inner join known as high_end on conflicts.linked_identifier_key = high_end.identifier_key
    inner join profiles_apart
        on
            (
                low_end.profile_id = profiles_apart.one_profile_id
                and high_end.profile_id = profiles_apart.other_profile_id
            )
            or (
                low_end.profile_id = profiles_apart.other_profile_id
                and high_end.profile_id = profiles_apart.one_profile_id
            )
    where conflicts.is_dropped
),

rejected as (
    select
        found.label,
        rejections.reason_code,
        rejections.reason_text,
        rejections.first_observed_at
    from {{ ref('identity_rejections') }} as rejections
    inner join found on rejections.identifier_key = found.identifier_key
),

explained as (
    select
        0 as step_number,
        case when found.identifier_key is null then 'not_found' else 'identifier' end as kind_code,
        coalesce(found.label, 'identifier ' || cast(ends.end_number as varchar)) as from_identifier,
        found.profile_id as to_identifier,
        cast(null as varchar) as class_code,
        cast(null as varchar) as source_name,
        cast(null as varchar) as record_key,
        cast(null as timestamp) as observed_at,
        case
            when found.identifier_key is null then 'no record names it'
            else 'belongs to profile ' || found.profile_id
        end as reason_text
    from ends
    left join found on ends.end_number = found.end_number

    union all

    select
        chain.steps, 'link', near_end.label, far_end.label, edges.class_code,
        edges.source_name, edges.record_key, edges.first_observed_at,
        edges.reason_text
    from chain
    inner join edges on chain.edge_key = edges.edge_key
    inner join known as near_end on chain.near_key = near_end.identifier_key
    inner join known as far_end on chain.far_key = far_end.identifier_key

    union all

    select
        100, 'refused_link', from_label, to_label, class_code, source_name, record_key,
        cast(null as timestamp), reason_text
    from refused

    union all

    select
        101, 'rejected', label, cast(null as varchar), cast(null as varchar),
        cast(null as varchar), cast(null as varchar), first_observed_at,
        reason_code || ': ' || reason_text
    from rejected

    union all

    select
        102, 'nothing', cast(null as varchar), cast(null as varchar), cast(null as varchar),
        cast(null as varchar), cast(null as varchar), cast(null as timestamp),
        'they are two profiles, and no link between them was refused: no record names both'
    from profiles_apart
    where
        not exists (select 1 from refused)
        and not exists (select 1 from rejected)
)

select *
from explained
order by step_number, kind_code, from_identifier, to_identifier
{%- endmacro %}
