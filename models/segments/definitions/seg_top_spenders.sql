{{ cdp.segment_in_sql(
    description='The tenth of the buyers of the last 365 days with most revenue.',
    owner='lifecycle-marketing@example.com',
    purpose='marketing',
    expected_share=[0.0, 0.1],
) }}
with

profiles as (

    select * from {{ ref('profiles') }}
    where net_revenue_365_days_amount > 0

),

ranked as (

    select
        profile_id,
        net_revenue_365_days_amount,
        row_number() over (
            order by net_revenue_365_days_amount desc, {{ cdp.binary_order('profile_id') }} asc
        ) as place,
        count(*) over () as buyer_count
    from profiles

),

final as (

    select
        profile_id,
        {{ cdp.json_object([
            'net_revenue_365_days_amount', 'place', 'buyer_count',
        ]) }} as evidence_json
    from ranked
    where 10 * place <= buyer_count

)

select * from final
