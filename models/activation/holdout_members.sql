with

holdouts as (

    select * from {{ ref('holdouts') }}
    where
        starts_on <= cast({{ cdp.as_of() }} as date)
        and coalesce(ends_on, cast('9999-12-31' as date)) >= cast({{ cdp.as_of() }} as date)

),

consent_purposes as (

    select * from {{ ref('consent_purposes') }}

),

profiles as (

    select profile_id from {{ ref('profiles') }}

),

drawn as (

    select
        holdouts.holdout_name,
        holdouts.purpose_code,
        holdouts.sync_name,
        holdouts.from_share,
        holdouts.share,
        profiles.profile_id,
        {{ cdp.hashed_share("(holdouts.salt || '|' || profiles.profile_id)") }} as place,
        holdouts.starts_on
    from holdouts
    -- everybody takes part in every draw
    cross join profiles

),

final as (

    select
        drawn.holdout_name,
        drawn.profile_id,
        consent_purposes.purpose_code,
        cast(drawn.sync_name as varchar) as sync_name,
        drawn.starts_on
    from drawn
    inner join consent_purposes
        on drawn.purpose_code in ('all', consent_purposes.purpose_code)
    where
        drawn.place >= drawn.from_share
        and drawn.place < drawn.from_share + drawn.share

)

select * from final
