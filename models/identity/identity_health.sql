-- Long because it is one list: a metric is a count with a dimension, and a dashboard reads them all
-- from one place.
with

identity_map as (

    select * from {{ ref('identity_map') }}

),

history as (

    select * from {{ ref('identity_map_history') }}

),

merge_log as (

    select * from {{ ref('identity_merges') }}

),

split_log as (

    select * from {{ ref('identity_splits') }}

),

rejections as (

    select * from {{ ref('identity_rejections') }}

),

conflicts as (

    select * from {{ ref('identity_conflicts') }}
    where is_dropped

),

worklist as (

    select * from {{ ref('identity_worklist') }}

),

sizes as (

    select
        profile_id,
        count(*) as identifier_count
    from identity_map
    group by profile_id

),

bands as (

    select
        profile_id,
        case
            when identifier_count = 1 then '001'
            when identifier_count = 2 then '002'
            when identifier_count <= 5 then '003-005'
            when identifier_count <= 10 then '006-010'
            when identifier_count <= 20 then '011-020'
            when identifier_count <= 50 then '021-050'
            when identifier_count <= 100 then '051-100'
            else 'over 100'
        end as size_band
    from sizes

),

profile_types as (

    select
        identifier_type,
        count(distinct profile_id) as profile_count
    from identity_map
    where is_admitted
    group by identifier_type

),

mints as (

    select
        profile_id,
        min(minted_at) as minted_at
    from history
    group by profile_id

),

measured as (

    select
        'profiles_by_size' as metric_code,
        size_band as dimension_code,
        cast(null as date) as measured_on,
        count(*) as metric_value
    from bands
    group by size_band

    union all

    select
        'identifiers_by_type' as metric_code,
        identifier_type as dimension_code,
        cast(null as date) as measured_on,
        count(*) as metric_value
    from identity_map
    group by identifier_type

    union all

    select
        'profiles_with_type' as metric_code,
        identifier_type as dimension_code,
        cast(null as date) as measured_on,
        profile_count as metric_value
    from profile_types

    union all

    select
        'refusals_by_reason' as metric_code,
        reason_code as dimension_code,
        cast(null as date) as measured_on,
        count(*) as metric_value
    from rejections
    group by reason_code

    union all

    select
        'dropped_links_by_limit' as metric_code,
        limited_type as dimension_code,
        cast(null as date) as measured_on,
        count(*) as metric_value
    from conflicts
    group by limited_type

    union all

    select
        'worklist_by_kind' as metric_code,
        kind_code as dimension_code,
        cast(null as date) as measured_on,
        count(*) as metric_value
    from worklist
    group by kind_code

    union all

    select
        'mints_per_day' as metric_code,
        'all' as dimension_code,
        cast(minted_at as date) as measured_on,
        count(*) as metric_value
    from mints
    group by cast(minted_at as date)

    union all

    select
        'merges_per_day' as metric_code,
        'all' as dimension_code,
        cast(merged_at as date) as measured_on,
        count(*) as metric_value
    from merge_log
    group by cast(merged_at as date)

    union all

    select
        'splits_per_day' as metric_code,
        'all' as dimension_code,
        cast(split_at as date) as measured_on,
        count(*) as metric_value
    from split_log
    group by cast(split_at as date)

),

final as (

    select
        {{ cdp.surrogate_key(['metric_code', 'dimension_code', 'measured_on']) }} as health_key,
        cast(metric_code as varchar) as metric_code,
        cast(dimension_code as varchar) as dimension_code,
        measured_on,
        cast(metric_value as bigint) as metric_value
    from measured

)

select * from final
