{#-
    The positive list: who is not here is not contacted. A view, so that the check just before
    sending reads the consent tables as they are at that moment.
-#}
with

consent_state as (

    select * from {{ ref('consent_state') }}

),

suppressions as (

    select * from {{ ref('suppressions') }}

),

consent_purposes as (

    select * from {{ ref('consent_purposes') }}

),

consent_channels as (

    select * from {{ ref('consent_channels') }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

-- people with several identifiers are one person
people as (

    select distinct identity_map.profile_id
    from identity_map

),

granted as (

    select
        consent_state.profile_id,
        consent_state.purpose_code,
        consent_state.channel_code,
        consent_state.consent_version,
        consent_state.decided_at
    from consent_state
    where consent_state.status_code = 'granted'
    union all
    select
        people.profile_id,
        consent_purposes.purpose_code,
        consent_channels.channel_code,
        'default' as consent_version,
        cast(null as timestamp) as decided_at
    from consent_purposes
    -- every person and channel that said nothing about a purpose allowed by default
    cross join consent_channels
    cross join people
    left join consent_state
        on
            people.profile_id = consent_state.profile_id
            and consent_purposes.purpose_code = consent_state.purpose_code
            and consent_channels.channel_code = consent_state.channel_code
    where
        consent_purposes.default_status_code = 'granted'
        and consent_state.profile_id is null

),

final as (

    select
        granted.profile_id,
        granted.purpose_code,
        granted.channel_code,
        granted.consent_version,
        granted.decided_at
    from granted
    where
        not exists (
            select 1 as closed
            from suppressions
            where
                suppressions.profile_id = granted.profile_id
                and suppressions.purpose_code = granted.purpose_code
                and suppressions.channel_code = granted.channel_code
        )

)

select * from final
