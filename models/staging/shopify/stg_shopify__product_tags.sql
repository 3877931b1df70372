with

landed as (

    {{ cdp.landed('shopify', 'product_tag', refused=[
        ['missing_value', 'value', "coalesce(trim(value), '') = ''"],
    ]) }}

),

final as (

    select
        cast(landed.product_id as varchar) as product_id,
        trim(landed.value) as tag_text,
        {{ cdp.landed_metadata('landed') }}
    from landed

)

select * from final
