-- A holdout of a sync or purpose that is not there, or of a share past the end of the draw, would
-- hold out nobody, or fewer, without a word: mend the row in seeds/rules/holdouts.csv.
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

final as (

    select
        holdouts.holdout_name,
        holdouts.sync_name,
        holdouts.purpose_code,
        holdouts.from_share,
        holdouts.share
    from holdouts
    left join sync_catalog on holdouts.sync_name = sync_catalog.sync_name
    left join consent_purposes on holdouts.purpose_code = consent_purposes.purpose_code
    where
        (holdouts.sync_name <> 'all' and sync_catalog.sync_name is null)
        or (holdouts.purpose_code <> 'all' and consent_purposes.purpose_code is null)
        or holdouts.from_share < 0
        or holdouts.share < 0
        or holdouts.from_share + holdouts.share > 1

)

select * from final
