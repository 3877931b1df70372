with

tags as (

    select * from {{ ref('stg_shopify__product_tags') }}
    where quarantine_reason is null

),

-- `Colour: Blue` by custom; a tag without a colon is an attribute that a product has or has not.
final as (

    select
        'shopify' as source_name,
        'product_tag' as source_table,
        record_key,
        product_id,
        lower(
            case when tag_text like '%:%' then trim(split_part(tag_text, ':', 1)) else 'tag' end
        ) as attribute_name,
        lower(
            case
                when tag_text like '%:%'
                    then trim(substr(tag_text, strpos(tag_text, ':') + 1))
                else tag_text
            end
        ) as attribute_value,
        received_at
    from tags

)

select * from final
