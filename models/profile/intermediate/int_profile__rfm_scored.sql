-- Fifths among all buyers. Equal values get equal scores, so the fifths need not be equally large.
with

orders as (

    select * from {{ ref('int_profile__orders_rolled_up') }}
    where order_count > 0

),

placed as (

    select
        profile_id,
        percent_rank() over (order by last_ordered_at asc) as recency_place,
        percent_rank() over (order by order_count asc) as frequency_place,
        percent_rank() over (order by net_revenue_amount asc) as monetary_place
    from orders

),

scored as (

    select
        {%- for score in ['recency', 'frequency', 'monetary'] %}
        cast(least(floor({{ score }}_place * 5) + 1, 5) as integer) as {{ score }}_score,
        {%- endfor %}
        profile_id
    from placed

),

final as (

    select
        profile_id,
        recency_score,
        frequency_score,
        monetary_score,
        cast(recency_score as varchar)
        || cast(frequency_score as varchar)
        || cast(monetary_score as varchar) as rfm_code,
        case
            when recency_score >= 4 and frequency_score >= 4 then 'champion'
            when recency_score >= 3 and frequency_score >= 3 then 'loyal'
            when recency_score >= 4 and frequency_score = 1 then 'new'
            when recency_score >= 3 then 'promising'
            when frequency_score >= 3 or monetary_score >= 4 then 'at_risk'
            else 'hibernating'
        end as rfm_segment_code
    from scored

)

select * from final
