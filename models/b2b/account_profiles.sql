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
        cast(sum(case when profiles.order_count > 0 then 1 else 0 end) as integer)
            as buyer_count,
        cast(sum(profiles.event_30_days_count) as bigint) as event_30_days_count,
        cast(sum(profiles.product_view_30_days_count) as bigint) as product_view_30_days_count,
        cast(sum(profiles.event_count) as bigint) as event_count,
        cast(sum(profiles.message_clicked_90_days_count) as integer)
            as message_clicked_90_days_count,
        cast(sum(profiles.open_ticket_count) as integer) as open_ticket_count,
        cast(sum(profiles.order_count) as integer) as order_count,
        cast(sum(profiles.net_revenue_amount) as numeric(18, 2)) as net_revenue_amount,
        min(profiles.first_event_at) as first_event_at,
        max(profiles.last_event_at) as last_event_at,
        max(profiles.last_ordered_at) as last_ordered_at
    from people
    inner join profiles on people.profile_id = profiles.profile_id
    group by people.account_id

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
        cast(sum(case when is_closed then 0 else amount end) as numeric(18, 2))
            as open_opportunity_amount,
        cast(sum(case when is_won then amount else 0 end) as numeric(18, 2))
            as won_opportunity_amount
    from opportunities
    group by account_id

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
        chosen.employee_count,
        coalesce(engaged.person_count, 0) as person_count,
        {%- for column in [
            'domain_person_count', 'engaged_person_30_days_count', 'engaged_person_90_days_count',
            'buyer_count', 'event_30_days_count', 'product_view_30_days_count', 'event_count',
            'message_clicked_90_days_count', 'open_ticket_count', 'order_count',
            'net_revenue_amount',
        ] %}
        coalesce(engaged.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        {%- for column in [
            'open_opportunity_count', 'open_opportunity_amount', 'won_opportunity_amount',
        ] %}
        coalesce(pipeline.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        engaged.first_event_at,
        engaged.last_event_at,
        engaged.last_ordered_at
    from chosen
    left join engaged on chosen.account_id = engaged.account_id
    left join pipeline on chosen.account_id = pipeline.account_id
    left join categories
        on
            chosen.account_id = categories.account_id
            and categories.place = 1
    where chosen.choice_number = 1

)

select * from final
