with

members_judged as (

    select * from {{ ref('int_activation__members_judged') }}

),

final as (

    select
        sync_name,
        audience_name,
        profile_id,
        refusal_code as reason_code,
        purpose_code,
        channel_code,
        identity_class_code
    from members_judged
    where refusal_code is not null

)

select * from final
