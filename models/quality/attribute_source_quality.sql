-- The full cross of tables and attributes: what a table stops to state falls to zero and is seen to
-- drift, where a row that is not there would be missed by nobody.
with

traits as (

    select
        source_name,
        source_table,
        record_key,
        identifier_key,
        trait_name as attribute_name,
        trait_value as attribute_value,
        observed_at,
        received_at
    from {{ ref('trait_observations') }}
    where trait_value is not null

),

stating as (

    select
        source_name,
        source_table
    from traits
    group by source_name, source_table

),

-- Streams that only name a visitor state nothing of a person and are not asked.
identifiers as (

    select observations.*
    from {{ ref('identifier_observations') }} as observations
    inner join stating
        on
            observations.source_name = stating.source_name
            and observations.source_table = stating.source_table

),

statements as (

    select * from traits

    union all

    select
        source_name,
        source_table,
        record_key,
        identifier_key,
        identifier_type as attribute_name,
        identifier_normalised as attribute_value,
        observed_at,
        received_at
    from identifiers
    where identifier_type in ('email', 'phone')

),

records as (

    select
        source_name,
        source_table,
        count(distinct record_key) as record_count
    from (
        select
            source_name,
            source_table,
            record_key
        from traits
        union all
        select
            source_name,
            source_table,
            record_key
        from identifiers
    ) as together
    group by source_name, source_table

),

attributes as (

    select trait_name as attribute_name from {{ ref('trait_rules') }}
    union all
    select cast('email' as varchar) as attribute_name
    union all
    select cast('phone' as varchar) as attribute_name

),

-- The same said again of the same person is a repetition, whichever record says it.
judged as (

    select
        *,
        {{ cdp.attribute_is_usable('attribute_name', 'attribute_value') }} as is_usable,
        row_number() over (
            partition by source_name, source_table, attribute_name, identifier_key, attribute_value
            order by record_key
        ) > 1 as is_repeated
    from statements

),

counted as (

    select
        source_name,
        source_table,
        attribute_name,
        count(distinct record_key) as filled_count,
        count(*) as statement_count,
        sum(case when is_usable then 1 else 0 end) as valid_count,
        sum(case when is_repeated then 1 else 0 end) as duplicate_count,
        sum(
            case
                when received_at > observed_at + interval '{{ var("late_after_hours") }} hours'
                    then 1
                else 0
            end
        ) as late_count,
        max(received_at) as last_received_at
    from judged
    group by source_name, source_table, attribute_name

),

final as (

    select
        records.source_name,
        records.source_table,
        cast(attributes.attribute_name as varchar) as attribute_name,
        cast(records.record_count as bigint) as record_count,
        cast(coalesce(counted.filled_count, 0) as bigint) as filled_count,
        cast(coalesce(counted.statement_count, 0) as bigint) as statement_count,
        cast(coalesce(counted.valid_count, 0) as bigint) as valid_count,
        cast(coalesce(counted.duplicate_count, 0) as bigint) as duplicate_count,
        cast(coalesce(counted.late_count, 0) as bigint) as late_count,
        {{ cdp.ratio('coalesce(counted.filled_count, 0)', 'records.record_count') }}
            as completeness_rate,
        {{ cdp.ratio('counted.valid_count', 'counted.statement_count') }} as validity_rate,
        {{ cdp.ratio('counted.duplicate_count', 'counted.statement_count') }} as duplicate_rate,
        {{ cdp.ratio('counted.late_count', 'counted.statement_count') }} as late_rate,
        {{ cdp.ratio(
            'extract(epoch from (' ~ cdp.as_of() ~ ' - counted.last_received_at))', 3600,
        ) }} as freshness_hours,
        counted.last_received_at
    from records
    cross join attributes
    left join counted
        on
            records.source_name = counted.source_name
            and records.source_table = counted.source_table
            and attributes.attribute_name = counted.attribute_name

)

select * from final
