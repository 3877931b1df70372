{#- Whom a row of contact_exclusions keeps out, with the first reason. -#}
with

contact_exclusions as (

    select * from {{ ref('contact_exclusions') }}

),

segment_members as (

    select * from {{ ref('segment_members') }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

opportunities as (

    select * from {{ ref('opportunities') }}
    where not is_closed

),

consent_purposes as (

    select * from {{ ref('consent_purposes') }}

),

consent_channels as (

    select * from {{ ref('consent_channels') }}

),

-- a person writes an address as it is on a card
identifiers_written as (

    select
        contact_exclusions.*,
        '' as source_name,
        cast(null as varchar) as country_code
    from contact_exclusions
    where contact_exclusions.kind_code = 'identifier'

),

identifiers_excluded as (

    {{ cdp.with_identifier_key('identifiers_written', normalised=true) }}

),

found as (

    select
        segment_members.profile_id,
        contact_exclusions.exclusion_name,
        contact_exclusions.reason_code,
        contact_exclusions.purpose_code,
        contact_exclusions.channel_code,
        contact_exclusions.priority
    from contact_exclusions
    inner join segment_members
        on contact_exclusions.segment_name = segment_members.segment_name
    where contact_exclusions.kind_code = 'segment'
    union all
    select
        identity_map.profile_id,
        identifiers_excluded.exclusion_name,
        identifiers_excluded.reason_code,
        identifiers_excluded.purpose_code,
        identifiers_excluded.channel_code,
        identifiers_excluded.priority
    from identifiers_excluded
    inner join identity_map
        on
            identifiers_excluded.identifier_type = identity_map.identifier_type
            and identifiers_excluded.identifier_normalised = identity_map.identifier_normalised
    union all
    select
        identity_map.profile_id,
        contact_exclusions.exclusion_name,
        contact_exclusions.reason_code,
        contact_exclusions.purpose_code,
        contact_exclusions.channel_code,
        contact_exclusions.priority
    from contact_exclusions
    -- each open opportunity is excluded alike
    cross join opportunities
    inner join identity_map
        on opportunities.identifier_key = identity_map.identifier_key
    where contact_exclusions.kind_code = 'open_opportunity'

),

ranked as (

    select
        found.profile_id,
        consent_purposes.purpose_code,
        consent_channels.channel_code,
        found.reason_code,
        row_number() over (
            partition by
                found.profile_id, consent_purposes.purpose_code, consent_channels.channel_code
            order by
                found.priority,
                {{ cdp.binary_order('found.exclusion_name') }}
        ) as choice
    from found
    inner join consent_purposes
        on found.purpose_code in ('all', consent_purposes.purpose_code)
    inner join consent_channels
        on found.channel_code in ('all', consent_channels.channel_code)

),

final as (

    select
        profile_id,
        purpose_code,
        channel_code,
        reason_code
    from ranked
    where choice = 1

)

select * from final
