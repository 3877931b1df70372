-- A holdout of a sync or purpose that is not there, or of a share past the end of the draw, would
-- hold out nobody, or fewer, without a word. Two draws by one salt that can meet in one sync are
-- not independent, as experiment_assignments takes them to be. Mend seeds/rules/holdouts.csv.
with

holdouts as (

    select * from {{ ref('holdouts') }}

),

sync_catalog as (

    select * from {{ ref('sync_catalog') }}

),

consent_purposes as (

    select * from {{ ref('consent_purposes') }}

),

drawn_alike as (

    select holdouts.holdout_name
    from holdouts
    inner join holdouts as rivals
        on
            holdouts.salt = rivals.salt
            and holdouts.holdout_name <> rivals.holdout_name
    where
        (
            holdouts.sync_name = rivals.sync_name
            or holdouts.sync_name = 'all'
            or rivals.sync_name = 'all'
        )
        and (
            holdouts.purpose_code = rivals.purpose_code
            or holdouts.purpose_code = 'all'
            or rivals.purpose_code = 'all'
        )
        and holdouts.starts_on <= coalesce(rivals.ends_on, date '9999-12-31')
        and rivals.starts_on <= coalesce(holdouts.ends_on, date '9999-12-31')
    group by holdouts.holdout_name

),

final as (

    select
        holdouts.holdout_name,
        holdouts.sync_name,
        holdouts.purpose_code,
        holdouts.from_share,
        holdouts.share,
        drawn_alike.holdout_name is not null as is_drawn_alike
    from holdouts
    left join drawn_alike on holdouts.holdout_name = drawn_alike.holdout_name
    left join sync_catalog on holdouts.sync_name = sync_catalog.sync_name
    left join consent_purposes on holdouts.purpose_code = consent_purposes.purpose_code
    where
        (holdouts.sync_name <> 'all' and sync_catalog.sync_name is null)
        or (holdouts.purpose_code <> 'all' and consent_purposes.purpose_code is null)
        or holdouts.from_share < 0
        or holdouts.share < 0
        or holdouts.from_share + holdouts.share > 1
        or drawn_alike.holdout_name is not null

)

select * from final
