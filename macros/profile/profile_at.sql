{#-
    Everybody as they were known at a moment: a select with one row per profile and the columns of all
    families of features (see the macros named below), null where a family knows nothing.

        cdp.profile_at("cast('2026-01-01 12:00:00' as timestamp)")

    as_of: timestamp expression, not after the run's moment: what has not landed is not known. What
    happened after it, or was changed after it, is not told. Who is who is known as of today: a merge
    found later joins histories that were always one, and people nothing was heard of yet are left out.
    For every attribute of `profiles` build the mart itself with CDP_AS_OF.
-#}
{% macro profile_at(as_of) -%}
{%- set traits = [
    'first_name', 'last_name', 'gender_code', 'birth_date', 'street', 'city', 'region', 'postal_code',
    'country_code', 'language_code', 'job_title', 'company_name',
] -%}
    select *
    from (
        select profile_id
        from {{ ref('identity_map') }}
        group by profile_id
        having min(first_observed_at) < {{ as_of }}
    ) as people
    left join (
        select
            {%- for name in traits %}
            max(case when trait_name = '{{ name }}' then trait_value end) as {{ name }},
            {%- endfor %}
            profile_id
        from (
            {{ cdp.profile_traits_as_of(as_of) }}
        ) as stated
        group by profile_id
    ) as traits using (profile_id)
    {%- for family, features in {
        'orders': cdp.order_features(as_of),
        'order_lines': cdp.line_features(as_of),
        'subscriptions': cdp.subscription_features(as_of),
        'events': cdp.event_features(as_of),
        'messages': cdp.message_features(as_of),
        'service': cdp.service_features(as_of),
        'surveys': cdp.survey_features(as_of),
        'loyalty': cdp.loyalty_features(as_of),
    }.items() %}
    left join (
        {{ features }}
    ) as {{ family }} using (profile_id)
    {%- endfor %}
{%- endmacro %}
