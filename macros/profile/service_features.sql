{#-
    What was known of everybody's support tickets at a moment: a select with one row per profile.
    as_of: timestamp expression. A ticket solved after it is still open; a rating or a question given
    after it is not known yet. Tickets keep their last rating and question only: the one before is
    not known any more.
-#}
{% macro service_features(as_of) -%}
    select
        owned.profile_id,
        cast(count(*) as integer) as ticket_count,
        cast(sum(case
            when owned.solved_at < {{ as_of }} then 0
            when owned.status_code = 'solved' and owned.updated_at < {{ as_of }} then 0
            else 1
        end) as integer) as open_ticket_count,
        cast(sum(case when {{ cdp.in_last_days('owned.opened_at', 90, as_of) }} then 1 else 0 end) as integer)
            as ticket_90_days_count,
        cast(sum(case when owned.known_satisfaction_code = 'bad' then 1 else 0 end) as integer)
            as bad_satisfaction_count,
        {{ cdp.ratio(
            'sum(case when owned.solved_at < ' ~ as_of
            ~ ' then floor(extract(epoch from (owned.solved_at - owned.opened_at))) end)',
            '(3600 * sum(case when owned.solved_at < ' ~ as_of ~ ' then 1 else 0 end))'
        ) }} as average_solve_hours,
        max(case when owned.rating_number = 1 then owned.known_satisfaction_code end)
            as last_satisfaction_code,
        max(case when owned.rating_number = 1 and owned.known_satisfaction_code is not null then owned.known_at end)
            as last_satisfaction_at,
        max(case when owned.ticket_number = 1 then owned.subject_text end) as last_ticket_subject_text,
        max(case
            when owned.ticket_number = 1 and coalesce(owned.last_asked_at, owned.updated_at) < {{ as_of }}
                then owned.last_question_text
        end)
            as last_question_text,
        max(owned.opened_at) as last_ticket_at
    from (
        select
            known.*,
            row_number() over (
                partition by known.profile_id
                order by
                    case when known.known_satisfaction_code is null then 1 else 0 end,
                    known.known_at desc,
                    {{ cdp.binary_order('known.source_name') }}, {{ cdp.binary_order('known.ticket_id') }}
            ) as rating_number,
            row_number() over (
                partition by known.profile_id
                order by
                    known.opened_at desc,
                    {{ cdp.binary_order('known.source_name') }}, {{ cdp.binary_order('known.ticket_id') }}
            ) as ticket_number
        from (
            select
                identity_map.profile_id,
                tickets.*,
                coalesce(tickets.rated_at, tickets.updated_at) as known_at,
                case
                    when coalesce(tickets.rated_at, tickets.updated_at) < {{ as_of }}
                        then tickets.satisfaction_code
                end as known_satisfaction_code
            from {{ ref('support_tickets') }} as tickets
            inner join {{ ref('identity_map') }} as identity_map
                on tickets.identifier_key = identity_map.identifier_key
            where tickets.opened_at < {{ as_of }}
        ) as known
    ) as owned
    group by owned.profile_id
{%- endmacro %}
