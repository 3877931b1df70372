-- What identity reads of the records, with the run in which a row last changed: everything behind
-- it works on what changed and its surroundings. Rows are compared by days of arrival of a source:
-- a day whose rows have the same sum of hashes holds the same rows, and only the others' rows are
-- looked up (docs/decisions/0009-incremental-identity.md). A row that is gone stays as a mark,
-- since those beside it are to be judged again.
with

observations as (

    select * from {{ ref('identifier_observations') }}
    where identifier_key is not null

),

traits as (

    select * from {{ ref('trait_observations') }}
    where
        identifier_key is not null
        and trait_name in ('first_name', 'last_name')

),

told as (

    select
        cast('identifier' as varchar) as kind_code,
        source_name,
        record_key,
        identifier_type,
        identifier_value,
        identifier_key,
        identifier_namespace,
        identifier_normalised,
        cast('' as varchar) as trait_name,
        cast('' as varchar) as trait_value,
        observed_at,
        received_at
    from observations

    union all

    select
        cast('name' as varchar) as kind_code,
        source_name,
        record_key,
        identifier_type,
        identifier_value,
        identifier_key,
        cast('' as varchar) as identifier_namespace,
        cast('' as varchar) as identifier_normalised,
        trait_name,
        coalesce(trait_value, '') as trait_value,
        min(observed_at) as observed_at,
        cast(null as timestamp) as received_at
    from traits
    group by
        source_name,
        record_key,
        identifier_type,
        identifier_value,
        identifier_key,
        trait_name,
        coalesce(trait_value, '')

),

hashed as (

    select
        *,
        coalesce(cast(coalesce(received_at, observed_at) as date), date '1900-01-01') as seen_on,
        {{ cdp.row_hash([
            'source_name', 'record_key', 'identifier_type', 'identifier_value', 'identifier_key',
            'identifier_namespace', 'identifier_normalised', 'trait_name', 'trait_value',
            'observed_at', 'received_at',
        ]) }} as row_hash
    from told

),

{% if is_incremental() %}
-- What is known is named twice, here and below, as in canonical.events: of most rows only the hash
-- is read.
changed_days as (

    select
        kind_code,
        source_name,
        seen_on
    from (
        select
            kind_code,
            source_name,
            seen_on,
            1 as sign_number,
            row_hash
        from hashed
        union all
        select
            kind_code,
            source_name,
            seen_on,
            -1 as sign_number,
            row_hash
        from {{ this }}
        where not is_gone
    ) as both_sides
    group by kind_code, source_name, seen_on
    having sum(sign_number) <> 0 or sum(sign_number * row_hash) <> 0

),
{% endif %}

present as (

    select
        {{ cdp.surrogate_key([
            'hashed.kind_code', 'hashed.source_name', 'hashed.record_key',
            'hashed.identifier_type', 'hashed.identifier_value', 'hashed.identifier_key',
            'hashed.trait_name', 'hashed.trait_value',
        ]) }} as sighting_key,
        {{ cdp.surrogate_key(['hashed.source_name', 'hashed.record_key']) }} as record_id,
        hashed.*,
        {{ cdp.run_number() }} as changed_in_run,
        1 = 0 as is_gone
    from hashed
    {% if is_incremental() %}
    inner join changed_days
        on
            hashed.kind_code = changed_days.kind_code
            and hashed.source_name = changed_days.source_name
            and hashed.seen_on = changed_days.seen_on
    {% endif %}

),

{% if is_incremental() %}
past as (

    select known.*
    from {{ this }} as known
    inner join changed_days
        on
            known.kind_code = changed_days.kind_code
            and known.source_name = changed_days.source_name
            and known.seen_on = changed_days.seen_on
    where not known.is_gone

),
{% endif %}

final as (

    select present.*
    from present
    {% if is_incremental() %}
    left join past
        on
            present.sighting_key = past.sighting_key
            and present.row_hash = past.row_hash
    where past.sighting_key is null

    union all

    -- Nothing of what was said is kept but who stood beside whom.
    select
        past.sighting_key,
        past.record_id,
        past.kind_code,
        past.source_name,
        cast('' as varchar) as record_key,
        past.identifier_type,
        cast('' as varchar) as identifier_value,
        past.identifier_key,
        past.identifier_namespace,
        cast('' as varchar) as identifier_normalised,
        past.trait_name,
        cast('' as varchar) as trait_value,
        cast(null as timestamp) as observed_at,
        cast(null as timestamp) as received_at,
        past.seen_on,
        past.row_hash,
        {{ cdp.run_number() }} as changed_in_run,
        1 = 1 as is_gone
    from past
    left join present on past.sighting_key = present.sighting_key
    where present.sighting_key is null
    {% endif %}

)

select * from final
