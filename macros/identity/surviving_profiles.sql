{#-
    Which profile each cluster keeps, and each profile at most once: the CTEs up to `survivors`, of
    cluster_key, known_profile_id, minted_from_key and minted_at.

    overlaps: a CTE of one row per cluster_key and known_profile_id that have members in common, with
    member_count, best_priority (1 is the strongest identifier), minted_from_key and minted_at.

    A profile goes where most of its members are; of several that go to one cluster, that with most
    members survives there, then the oldest. Those that do not may survive in a smaller part, which is
    looked for again among the clusters that are left: a profile that fell apart, and whose parts were
    each outnumbered in the same run, is given up after its third.
-#}
{% macro surviving_profiles(overlaps) -%}
{%- set rounds = [1, 2, 3] -%}
{%- for round in rounds -%}
{%- set contested = overlaps if loop.first else 'contested_' ~ round -%}
{%- if not loop.first -%}
{%- set contested_before = overlaps if round == 2 else 'contested_' ~ (round - 1) -%}
{{ contested }} as (

    select pairs.*
    from {{ contested_before }} as pairs
    left join survivors_{{ round - 1 }} as taken on pairs.cluster_key = taken.cluster_key
    left join survivors_{{ round - 1 }} as kept on pairs.known_profile_id = kept.known_profile_id
    where
        taken.cluster_key is null
        and kept.known_profile_id is null

),

{% endif -%}
homes_{{ round }} as (

    select
        *,
        row_number() over (
            partition by known_profile_id
            order by member_count desc, best_priority asc, cluster_key asc
        ) as home_number
    from {{ contested }}

),

ranked_{{ round }} as (

    select
        *,
        row_number() over (
            partition by cluster_key
            order by member_count desc, minted_at asc, known_profile_id asc
        ) as survivor_number
    from homes_{{ round }}
    where home_number = 1

),

survivors_{{ round }} as (

    select
        cluster_key,
        known_profile_id,
        minted_from_key,
        minted_at
    from ranked_{{ round }}
    where survivor_number = 1

),

{% endfor -%}
survivors as (

    {% for round in rounds -%}
    select * from survivors_{{ round }}
    {% if not loop.last %}union all
    {% endif -%}
    {% endfor %}
)
{%- endmacro %}
