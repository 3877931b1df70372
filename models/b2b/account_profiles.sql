{#- Long by purpose: one row tells who of a company does what and what sales have with it. -#}
with

accounts as (

    select * from {{ ref('accounts') }}

),

people as (

    select * from {{ ref('account_people') }}

),

profiles as (

    select * from {{ ref('profiles') }}

),

opportunities as (

    select * from {{ ref('opportunities') }}
    where created_at < {{ cdp.as_of() }}

),

chosen as (

    select
        *,
        row_number() over (
            partition by account_id
            order by
                created_at asc,
                {{ cdp.binary_order('source_name') }} asc,
                {{ cdp.binary_order('record_key') }} asc
        ) as choice_number
    from accounts

),

engaged as (

    select
        people.account_id,
        cast(count(*) as integer) as person_count,
        cast(sum(case when people.match_code = 'domain' then 1 else 0 end) as integer)
            as domain_person_count,
        cast(sum(case when profiles.event_30_days_count > 0 then 1 else 0 end) as integer)
            as engaged_person_30_days_count,
        cast(sum(case when profiles.event_90_days_count > 0 then 1 else 0 end) as integer)
            as engaged_person_90_days_count,
        {%- for name, condition in {
            'viewing_person_30_days_count': 'profiles.product_view_30_days_count > 0',
            'carting_person_30_days_count': 'profiles.add_to_cart_30_days_count > 0',
            'clicking_person_90_days_count': 'profiles.message_clicked_90_days_count > 0',
            'asking_person_90_days_count': 'profiles.ticket_90_days_count > 0',
            'promoter_count': "profiles.nps_class_code = 'promoter'",
            'detractor_count': "profiles.nps_class_code = 'detractor'",
            'reachable_person_count': 'profiles.reachable_channel_count > 0',
            'buyer_count': 'profiles.order_count > 0',
        }.items() %}
        cast(sum(case when {{ condition }} then 1 else 0 end) as integer) as {{ name }},
        {%- endfor %}
        cast(sum(profiles.event_30_days_count) as bigint) as event_30_days_count,
        cast(sum(profiles.product_view_30_days_count) as bigint) as product_view_30_days_count,
        cast(sum(profiles.event_count) as bigint) as event_count,
        cast(sum(profiles.form_submitted_count) as bigint) as form_submitted_count,
        cast(sum(profiles.message_clicked_90_days_count) as integer)
            as message_clicked_90_days_count,
        cast(sum(profiles.open_ticket_count) as integer) as open_ticket_count,
        cast(sum(profiles.order_count) as integer) as order_count,
        cast(sum(profiles.net_revenue_amount) as numeric(18, 2)) as net_revenue_amount,
        min(profiles.first_event_at) as first_event_at,
        max(profiles.last_event_at) as last_event_at,
        max(profiles.last_message_engaged_at) as last_message_engaged_at,
        max(profiles.last_ticket_at) as last_ticket_at,
        max(profiles.last_ordered_at) as last_ordered_at
    from people
    inner join profiles on people.profile_id = profiles.profile_id
    group by people.account_id

),

scores as (

    select * from {{ ref('account_scores') }}
    where model_name = 'account_conversion_90_days'

),

categories as (

    select
        people.account_id,
        affinities.affinity_value,
        row_number() over (
            partition by people.account_id
            order by
                sum(affinities.evidence_count) desc,
                {{ cdp.binary_order('affinities.affinity_value') }} asc
        ) as place
    from people
    inner join {{ ref('profile_affinities') }} as affinities
        on people.profile_id = affinities.profile_id
    where affinities.dimension_code = 'category'
    group by people.account_id, affinities.affinity_value

),

pipeline as (

    select
        account_id,
        cast(sum(case when is_closed then 0 else 1 end) as integer) as open_opportunity_count,
        cast(sum(case when is_won then 1 else 0 end) as integer) as won_opportunity_count,
        cast(sum(case when is_closed and not is_won then 1 else 0 end) as integer)
            as lost_opportunity_count,
        min(case when not is_closed then closes_on end) as next_opportunity_closes_on,
        max(created_at) as last_opportunity_at,
        cast(sum(case when is_closed then 0 else amount end) as numeric(18, 2))
            as open_opportunity_amount,
        cast(sum(case when is_won then amount else 0 end) as numeric(18, 2))
            as won_opportunity_amount
    from opportunities
    group by account_id

),

-- The person to call: whoever did most in the last 90 days, then ever.
champions as (

    select
        people.account_id,
        people.profile_id,
        row_number() over (
            partition by people.account_id
            order by
                profiles.event_90_days_count desc,
                profiles.event_count desc,
                people.profile_id asc
        ) as place
    from people
    inner join profiles on people.profile_id = profiles.profile_id
    where profiles.event_count > 0

),

final as (

    select
        chosen.account_id,
        chosen.account_name,
        chosen.domain_name,
        chosen.industry_name,
        chosen.country_code,
        chosen.account_type,
        categories.affinity_value as top_category_name,
        champions.profile_id as most_active_profile_id,
        -- Trouble goes before activity; silence is judged of those who bought.
        case
            when coalesce(engaged.person_count, 0) = 0 then 'unknown'
            when
                engaged.detractor_count > engaged.promoter_count
                or engaged.open_ticket_count > 0
                then 'troubled'
            when engaged.engaged_person_30_days_count > 0 then 'active'
            when engaged.engaged_person_90_days_count > 0 then 'cooling'
            when engaged.buyer_count > 0 or pipeline.won_opportunity_count > 0 then 'silent'
            else 'cold'
        end as health_code,
        scores.band_code as conversion_band_code,
        scores.method_code as conversion_method_code,
        scores.score as conversion_rate,
        chosen.employee_count,
        coalesce(engaged.person_count, 0) as person_count,
        {%- for column in [
            'domain_person_count', 'reachable_person_count', 'engaged_person_30_days_count',
            'engaged_person_90_days_count', 'viewing_person_30_days_count',
            'carting_person_30_days_count', 'clicking_person_90_days_count',
            'asking_person_90_days_count', 'promoter_count', 'detractor_count', 'buyer_count',
            'event_30_days_count', 'product_view_30_days_count', 'event_count',
            'form_submitted_count', 'message_clicked_90_days_count', 'open_ticket_count',
            'order_count', 'net_revenue_amount',
        ] %}
        coalesce(engaged.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        {%- for column in [
            'open_opportunity_count', 'won_opportunity_count', 'lost_opportunity_count',
        ] %}
        coalesce(pipeline.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        {%- for column in ['open_opportunity_amount', 'won_opportunity_amount'] %}
        cast(coalesce(pipeline.{{ column }}, 0) as numeric(18, 2)) as {{ column }},
        {%- endfor %}
        engaged.first_event_at,
        engaged.last_event_at,
        engaged.last_message_engaged_at,
        engaged.last_ticket_at,
        engaged.last_ordered_at,
        pipeline.last_opportunity_at,
        pipeline.next_opportunity_closes_on
    from chosen
    left join engaged on chosen.account_id = engaged.account_id
    left join pipeline on chosen.account_id = pipeline.account_id
    left join scores on chosen.account_id = scores.account_id
    left join champions
        on
            chosen.account_id = champions.account_id
            and champions.place = 1
    left join categories
        on
            chosen.account_id = categories.account_id
            and categories.place = 1
    where chosen.choice_number = 1

)

select * from final
