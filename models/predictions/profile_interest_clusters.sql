with

interests as (

    select * from {{ ref('int_predictions__interests') }}

),

centroids as (

    select * from {{ ref('interest_clusters') }}

),

lengths as (

    select
        cluster_code,
        cluster_name,
        version_number,
        sum(centroid_value * centroid_value) as squared_length
    from centroids
    group by cluster_code, cluster_name, version_number

),

shared as (

    select
        interests.profile_id,
        centroids.cluster_code,
        sum(interests.attribute_value * cast(centroids.centroid_value as double precision))
            as product
    from interests
    inner join centroids on interests.attribute_name = centroids.attribute_name
    group by interests.profile_id, centroids.cluster_code

),

-- The squared distance, but for the person's own squared length, which is the same for every
-- cluster. Rounded before anything is ranked: engines add in different orders.
measured as (

    select
        shared.profile_id,
        lengths.cluster_code,
        lengths.cluster_name,
        lengths.version_number,
        cast(
            cast(lengths.squared_length as double precision) - 2 * shared.product as numeric(18, 6)
        ) as distance
    from shared
    inner join lengths on shared.cluster_code = lengths.cluster_code

),

ranked as (

    select
        *,
        lead(distance) over (partition by profile_id order by distance, cluster_code)
            as next_distance,
        row_number() over (partition by profile_id order by distance, cluster_code) as place
    from measured

),

final as (

    select
        profile_id,
        cluster_code,
        cluster_name,
        version_number,
        cast(next_distance - distance as numeric(18, 6)) as margin
    from ranked
    where place = 1

)

select * from final
