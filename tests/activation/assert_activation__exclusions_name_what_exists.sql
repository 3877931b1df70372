-- An exclusion of a segment that is not there, or of an identifier that cannot be read, would keep
-- nobody out, without a word. Mend seeds/rules/contact_exclusions.csv: segment_name is a line of
-- cdp_segments in dbt_project.yml.
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
        identifier_type as missing_name
    from read
    where identifier_key is null
    union all
    select
        exclusion_name,
        segment_name as missing_name
    from {{ ref('contact_exclusions') }}
    where
        kind_code = 'segment'
        and coalesce(segment_name, '-') not in (
            ''
            {%- for segment_name in var('cdp_segments') %},
            '{{ segment_name }}'
            {%- endfor %}
        )

)

select * from final
