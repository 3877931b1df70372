-- An exclusion of an identifier that cannot be read would keep nobody out, without a word. Mend
-- seeds/rules/contact_exclusions.csv.
with

written as (

    select
        contact_exclusions.*,
        '' as source_name,
        cast(null as varchar) as country_code
    from {{ ref('contact_exclusions') }} as contact_exclusions
    where contact_exclusions.kind_code = 'identifier'

),

read as (

    {{ cdp.with_identifier_key('written') }}

),

final as (

    select
        exclusion_name,
        identifier_type
    from read
    where identifier_key is null

)

select * from final
