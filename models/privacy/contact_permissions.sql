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

-- purposes that are allowed until somebody objects; none, as shipped
open_purposes as (

    select consent_purposes.purpose_code
    from consent_purposes
    where consent_purposes.default_status_code = 'granted'

),

-- distinct: a person has several identifiers
allowed_by_default as (

    select distinct
        identity_map.profile_id,
        open_purposes.purpose_code,
        consent_channels.channel_code
    from open_purposes
    -- every person on every channel
    cross join consent_channels
    cross join identity_map

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
        allowed_by_default.profile_id,
        allowed_by_default.purpose_code,
        allowed_by_default.channel_code,
        'default' as consent_version,
        cast(null as timestamp) as decided_at
    from allowed_by_default
    left join consent_state
        on
            allowed_by_default.profile_id = consent_state.profile_id
            and allowed_by_default.purpose_code = consent_state.purpose_code
            and allowed_by_default.channel_code = consent_state.channel_code
    where consent_state.profile_id is null

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
