with

identifies as (

    select
        'identifies' as source_table,
        record_key,
        case
            when user_id is not null then 'user_id'
            when email is not null then 'email'
            else 'anonymous_id'
        end as identifier_type,
        coalesce(user_id, email, anonymous_id) as identifier_value,
        first_name,
        last_name,
        birth_date,
        city,
        country_code,
        case
            when gender_text in ('f', 'female', 'woman') then 'female'
            when gender_text in ('m', 'male', 'man') then 'male'
            when gender_text <> '' then 'other'
        end as gender_code,
        -- de of de-DE and of de_at
        nullif(split_part(replace(locale_code, '_', '-'), '-', 1), '') as language_code,
        occurred_at as observed_at,
        received_at
    from {{ ref('stg_segment__identifies') }}
    where
        quarantine_reason is null
        and coalesce(user_id, email, anonymous_id) is not null

),

final as (

    {{ cdp.unpivot_traits('identifies', 'segment', {
        'first_name': 'first_name',
        'last_name': 'last_name',
        'birth_date': 'birth_date',
        'city': 'city',
        'country_code': 'country_code',
        'gender_code': 'gender_code',
        'language_code': 'language_code',
    }) }}

)

select * from final
