with

champions as (

    select * from {{ ref('model_champions') }}
    where model_name = 'interest_clusters'

),

centroids as (

    {{ cdp.ledger_table('interest_centroid', 'prediction_registry') }}

),

final as (

    select
        centroids.cluster_code,
        centroids.cluster_name,
        centroids.version_number,
        centroids.attribute_name,
        cast(centroids.centroid_value as numeric(18, 6)) as centroid_value,
        cast(centroids.people_share as numeric(18, 6)) as people_share
    from centroids
    inner join champions on centroids.version_number = champions.version_number

)

select * from final
