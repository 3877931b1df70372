-- Long because each measure is counted from one of three views of the same cells: what a profile
-- and a person have in common.
with

holders as (

    select * from {{ ref('int_evaluation__true_holders') }}

),

identifiers as (

    select * from {{ ref('int_evaluation__owned_identifiers') }}

),

evidence as (

    select * from {{ ref('int_evaluation__evidence') }}

),

owned_ids as (

    select
        identifiers.profile_id,
        identifiers.person_id,
        evidence.component_id
    from identifiers
    inner join evidence on identifiers.node_id = evidence.node_id

),

cells as (

    select
        profile_id,
        person_id,
        cast(count(*) as double precision) as cell_size,
        sum(cast(count(*) as double precision)) over (partition by profile_id) as profile_size,
        sum(cast(count(*) as double precision)) over (partition by person_id) as person_size
    from owned_ids
    group by profile_id, person_id

),

{%- for name, keys in {
    'profile': 'profile_id',
    'person': 'person_id',
    'allowed': 'component_id',
    'reached': 'component_id, profile_id',
}.items() %}
{{ name }}_groups as (

    select cast(count(*) as double precision) as member_count
    from owned_ids
    group by {{ keys }}

),

{{ name }}_pairs as (

    select
        sum(member_count * (member_count - 1) / 2) as pair_count,
        count(*) as group_count
    from {{ name }}_groups

),

{% endfor -%}
counted as (

    select
        sum(cells.cell_size) as identifier_count,
        sum(cells.cell_size * (cells.cell_size - 1) / 2) as pair_count,
        sum(cells.cell_size * cells.cell_size / cells.profile_size) as precision_sum,
        sum(cells.cell_size * cells.cell_size / cells.person_size) as recall_sum,
        sum(
            case
                when cells.cell_size = cells.profile_size and cells.cell_size = cells.person_size
                    then 1
                else 0
            end
        ) as exact_count
    from cells

),

rates as (

    select
        counted.identifier_count,
        profile_pairs.pair_count as profile_pair_count,
        person_pairs.pair_count as person_pair_count,
        person_pairs.group_count as person_count,
        allowed_pairs.pair_count as allowed_pair_count,
        counted.pair_count / nullif(profile_pairs.pair_count, 0) as pairwise_precision,
        counted.pair_count / nullif(person_pairs.pair_count, 0) as pairwise_recall,
        2 * counted.pair_count / nullif(profile_pairs.pair_count + person_pairs.pair_count, 0)
            as pairwise_f1,
        reached_pairs.pair_count / nullif(allowed_pairs.pair_count, 0) as evidence_recall,
        counted.precision_sum / counted.identifier_count as bcubed_precision,
        counted.recall_sum / counted.identifier_count as bcubed_recall,
        2 * counted.precision_sum * counted.recall_sum
        / (counted.identifier_count * (counted.precision_sum + counted.recall_sum)) as bcubed_f1,
        counted.exact_count / cast(person_pairs.group_count as double precision)
            as exact_person_share
    from counted
    -- One row each; without a truth they count nothing, and no measure is left.
    cross join profile_pairs
    cross join person_pairs
    cross join allowed_pairs
    cross join reached_pairs

),

merged_pairs as (

    select
        near_cell.person_id,
        far_cell.person_id as other_person_id
    from cells as near_cell
    inner join cells as far_cell
        on
            near_cell.profile_id = far_cell.profile_id
            and near_cell.person_id < far_cell.person_id
    group by near_cell.person_id, far_cell.person_id

),

-- Who has in common what tempts to merge them: a card, a phone, a tablet.
tempted_pairs as (

    select
        near_holder.identifier_type,
        near_holder.person_id,
        far_holder.person_id as other_person_id
    from holders as near_holder
    inner join holders as far_holder
        on
            near_holder.identifier_type = far_holder.identifier_type
            and near_holder.identifier_value = far_holder.identifier_value
            and near_holder.person_id < far_holder.person_id
    where near_holder.holder_count > 1
    group by near_holder.identifier_type, near_holder.person_id, far_holder.person_id

),

traps as (

    select
        tempted_pairs.identifier_type as dimension_code,
        count(merged_pairs.person_id) as merged_count,
        count(*) as pair_count
    from tempted_pairs
    left join merged_pairs
        on
            tempted_pairs.person_id = merged_pairs.person_id
            and tempted_pairs.other_person_id = merged_pairs.other_person_id
    group by tempted_pairs.identifier_type

),

untempted as (

    select count(*) as merged_count
    from merged_pairs
    left join tempted_pairs
        on
            merged_pairs.person_id = tempted_pairs.person_id
            and merged_pairs.other_person_id = tempted_pairs.other_person_id
    where tempted_pairs.person_id is null

),

measured as (

    {%- for measure, subject in {
        'pairwise_precision': 'profile_pair_count',
        'pairwise_recall': 'person_pair_count',
        'pairwise_f1': 'person_pair_count',
        'evidence_recall': 'allowed_pair_count',
        'bcubed_precision': 'identifier_count',
        'bcubed_recall': 'identifier_count',
        'bcubed_f1': 'identifier_count',
        'exact_person_share': 'person_count',
    }.items() %}
    select
        '{{ measure }}' as measure_name,
        'all' as dimension_code,
        {{ measure }} as measure_value,
        {{ subject }} as subject_count
    from rates

    union all
    {% endfor %}
    select
        'over_merged_pairs' as measure_name,
        dimension_code,
        merged_count as measure_value,
        pair_count as subject_count
    from traps

    union all

    select
        'over_merged_pairs' as measure_name,
        'nothing_shared' as dimension_code,
        untempted.merged_count as measure_value,
        rates.person_count as subject_count
    from untempted
    -- One row each.
    cross join rates

),

final as (

    select
        {{ cdp.surrogate_key(['measure_name', 'dimension_code']) }} as quality_key,
        cast(measure_name as varchar) as measure_name,
        cast(dimension_code as varchar) as dimension_code,
        cast(measure_value as numeric(18, 6)) as measure_value,
        cast(subject_count as bigint) as subject_count
    from measured
    where
        measure_value is not null
        and subject_count > 0

)

select * from final
