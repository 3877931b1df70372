-- Who works where. The CRM's word goes before the domain of an e-mail address, and a domain that
-- anybody can have an address at says nothing.
with

accounts as (

    select * from {{ ref('accounts') }}

),

account_members as (

    select * from {{ ref('account_members') }}
    where
        since_at is null
        or since_at < {{ cdp.as_of() }}

),

identity_map as (

    select * from {{ ref('identity_map') }}

),

contact_points as (

    select * from {{ ref('contact_points') }}
    where point_type_code = 'email'

),

public_email_domains as (

    select * from {{ ref('public_email_domains') }}

),

stated as (

    select
        account_members.account_id,
        identity_map.profile_id,
        cast('stated' as varchar) as match_code,
        account_members.title_text,
        cast(null as varchar) as domain_name,
        account_members.since_at
    from account_members
    inner join identity_map on account_members.identifier_key = identity_map.identifier_key

),

matched as (

    select
        accounts.account_id,
        contact_points.profile_id,
        cast('domain' as varchar) as match_code,
        cast(null as varchar) as title_text,
        accounts.domain_name,
        contact_points.first_observed_at as since_at
    from contact_points
    inner join accounts on split_part(contact_points.contact_value, '@', 2) = accounts.domain_name
    left join public_email_domains on accounts.domain_name = public_email_domains.domain_name
    where public_email_domains.domain_name is null

),

together as (

    select * from stated
    union all
    select * from matched

),

ranked as (

    select
        *,
        row_number() over (
            partition by account_id, profile_id
            order by
                match_code desc,
                since_at asc,
                case when title_text is null then 1 else 0 end asc,
                {{ cdp.binary_order('title_text') }} asc
        ) as choice_number
    from together

),

placed as (

    select
        account_id,
        profile_id,
        match_code,
        title_text,
        domain_name,
        since_at,
        cast(row_number() over (
            partition by profile_id
            order by
                match_code desc,
                coalesce(since_at, cast('1900-01-01' as timestamp)) desc,
                {{ cdp.binary_order('account_id') }} asc
        ) as integer) as account_place
    from ranked
    where choice_number = 1

),

final as (

    select
        account_id,
        profile_id,
        match_code,
        title_text,
        domain_name,
        account_place,
        since_at
    from placed

)

select * from final
