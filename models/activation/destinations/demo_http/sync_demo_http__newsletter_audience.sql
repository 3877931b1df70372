with

segment_members as (

    select * from {{ ref('segment_members') }}

),

contact_points as (

    select * from {{ ref('int_activation__contact_points_chosen') }}

),

members as (

    select
        segment_members.profile_id,
        segment_members.evidence_json,
        emails.identifier_normalised as email,
        emails.class_code as email_class_code
    from segment_members
    left join contact_points as emails
        on
            segment_members.profile_id = emails.profile_id
            and emails.identifier_type = 'email'
    where segment_members.segment_name = 'newsletter_active'

),

final as (

    {{ cdp.sync_members(
        'members',
        audience_name='newsletter_audience',
        segment_name='newsletter_active',
        key_field='external_id',
        identity_class='email_class_code',
        payload={
            'external_id': 'members.profile_id',
            'email': 'members.email',
            'email_sha256': cdp.sha256_hex('members.email'),
        },
    ) }}

)

select * from final
