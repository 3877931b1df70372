{{ config(pre_hook="{{ cdp.create_edit_distance() }}") }}
-- What is said of a person under identifiers of the types in seed match_types, one value per
-- attribute: the most often stated, then the latest. Normalised, to be compared with others'.
-- Long because each step of normalising is a list of columns.
with

clusters as (

    select * from {{ ref('int_identity__clusters') }}

),

identifiers as not materialized (

    select * from {{ ref('int_identity__identifiers_judged') }}

),

match_types as (

    select * from {{ ref('match_types') }}
    where is_enabled

),

traits as (

    select * from {{ ref('trait_observations') }}

),

observations as not materialized (

    select * from {{ ref('identifier_observations') }}

),

members as (

    select
        clusters.cluster_id,
        clusters.identifier_key
    from clusters
    inner join identifiers on clusters.identifier_key = identifiers.identifier_key
    inner join match_types on identifiers.identifier_type = match_types.identifier_type
    where identifiers.reason_code is null

),

record_keys as (

    select
        cluster_id,
        min(identifier_key) as record_key
    from members
    group by cluster_id

),

stated as (

    select
        members.cluster_id,
        traits.trait_name,
        trim(traits.trait_value) as trait_value,
        traits.observed_at
    from members
    inner join traits on members.identifier_key = traits.identifier_key
    where
        trim(traits.trait_value) <> ''
        and traits.trait_name in (
            'first_name', 'last_name', 'birth_date', 'person_number',
            'street', 'postal_code', 'city', 'country_code', 'email'
        )

    union all

    -- Also a phone that a household shares: it links nobody, but it is evidence.
    select
        members.cluster_id,
        contacts.identifier_type as trait_name,
        contacts.identifier_normalised as trait_value,
        contacts.observed_at
    from members
    inner join observations on members.identifier_key = observations.identifier_key
    inner join observations as contacts
        on
            observations.source_name = contacts.source_name
            and observations.record_key = contacts.record_key
    inner join identifiers on contacts.identifier_key = identifiers.identifier_key
    where
        contacts.identifier_type in ('email', 'phone')
        and coalesce(identifiers.reason_code, '') <> 'blocked_value'

),

counted as (

    select
        cluster_id,
        trait_name,
        trait_value,
        count(*) as statement_count,
        max(observed_at) as last_observed_at
    from stated
    group by cluster_id, trait_name, trait_value

),

ordered as (

    select
        *,
        row_number() over (
            partition by cluster_id, trait_name
            order by
                statement_count desc,
                last_observed_at desc nulls last,
                {{ cdp.binary_order('trait_value') }} asc
        ) as choice_number
    from counted

),

chosen as (

    select
        cluster_id,
        max(case when trait_name = 'first_name' then trait_value end) as first_name,
        max(case when trait_name = 'last_name' then trait_value end) as last_name,
        max(case when trait_name = 'birth_date' then trait_value end) as birth_date,
        max(case when trait_name = 'person_number' then trait_value end) as person_number,
        max(case when trait_name = 'street' then trait_value end) as street,
        max(case when trait_name = 'postal_code' then trait_value end) as postal_code,
        max(case when trait_name = 'city' then trait_value end) as city,
        max(case when trait_name = 'country_code' then trait_value end) as country_code,
        max(case when trait_name = 'email' then trait_value end) as email,
        max(case when trait_name = 'phone' then trait_value end) as phone
    from ordered
    where choice_number = 1
    group by cluster_id

),

lettered as (

    select
        cluster_id,
        {{ cdp.plain_letters('first_name') }} as first_name,
        {{ cdp.plain_letters('last_name') }} as last_name,
        {{ cdp.plain_letters('street') }} as street,
        {{ cdp.plain_letters('city') }} as city,
        birth_date,
        person_number,
        postal_code,
        country_code,
        email,
        phone
    from chosen

),

normalised as (

    select
        cluster_id,
        {{ cdp.person_name('first_name') }} as given_name,
        {{ cdp.person_name('last_name') }} as family_name,
        coalesce({{ cdp.name_generation('last_name') }}, {{ cdp.name_generation('first_name') }})
            as generation,
        {{ cdp.date_digits('birth_date', 'country_code') }} as birth_date,
        nullif(regexp_replace(lower(person_number), '[^a-z0-9]', '', 'g'), '') as person_number,
        {{ cdp.street_text('street') }} as street,
        {{ cdp.postal_code('postal_code') }} as postal_code,
        {{ cdp.street_text('city') }} as city,
        lower(email) as email,
        phone
    from lettered

),

worded as (

    select
        *,
        {{ cdp.street_name('street') }} as street_name,
        {{ cdp.house_digits('street') }} as house_digits,
        {{ cdp.sorted_letters('given_name') }} as given_letters,
        {{ cdp.sorted_letters('family_name') }} as family_letters
    from normalised

),

final as (

    select
        worded.cluster_id,
        record_keys.record_key,
        worded.given_name,
        worded.family_name,
        worded.generation,
        worded.birth_date,
        worded.person_number,
        worded.street_name,
        worded.house_digits,
        worded.postal_code,
        worded.city,
        worded.email,
        worded.phone,
        split_part(worded.given_name, ' ', 1) as first_word,
        worded.given_letters,
        worded.family_letters,
        {{ cdp.sorted_letters('worded.birth_date') }} as birth_letters,
        {{ cdp.sorted_letters('worded.person_number') }} as number_letters,
        {{ cdp.sorted_letters('worded.city') }} as city_letters,
        count(*) over (partition by worded.given_name) as given_name_count,
        count(*) over (partition by worded.family_name) as family_name_count,
        count(*) over () as record_count
    from worded
    inner join record_keys on worded.cluster_id = record_keys.cluster_id

)

select * from final
