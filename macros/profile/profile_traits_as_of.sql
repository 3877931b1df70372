{#-
    The traits of everybody as they were known at a moment: a select with one row per profile and trait.
    The person is the one of today's map: what was learnt since about who is who holds for the past, too.
    as_of: timestamp expression. statements: a relation that holds trait_statements_as_of of the moment, or
    none, to work them out here.
-#}
{% macro profile_traits_as_of(as_of, statements=none) -%}
{%- set made = statements or '(' ~ cdp.trait_statements_as_of(as_of) ~ ')' -%}
    select
        ranked.profile_id,
        ranked.trait_name,
        max(
            case when ranked.place = 1 or ranked.rule_code = 'union' then ranked.surviving_value end
        ) as trait_value,
        max(ranked.rule_code) as rule_code,
        max(case when ranked.place = 1 then ranked.source_name end) as source_name,
        max(case when ranked.place = 1 then ranked.record_key end) as record_key,
        cast(count(distinct ranked.trait_value) as integer) as value_count,
        max(case when ranked.place = 1 then ranked.observed_at end) as observed_at
    from (
        select
            statements.*,
            case
                when statements.rule_code = 'union' and statements.place = 1
                    then united.united_value
                when statements.rule_code <> 'union' then statements.trait_value
            end as surviving_value
        from {{ made }} as statements
        left join (
            select
                firsts.profile_id,
                firsts.trait_name,
                string_agg(firsts.trait_value, ', ' order by firsts.first_place) as united_value
            from (
                select
                    unioned.profile_id,
                    unioned.trait_name,
                    unioned.trait_value,
                    min(unioned.place) as first_place
                from {{ made }} as unioned
                where unioned.rule_code = 'union'
                group by unioned.profile_id, unioned.trait_name, unioned.trait_value
            ) as firsts
            group by firsts.profile_id, firsts.trait_name
        ) as united
            on
                statements.profile_id = united.profile_id
                and statements.trait_name = united.trait_name
    ) as ranked
    group by ranked.profile_id, ranked.trait_name
{%- endmacro %}
