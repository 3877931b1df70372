{#-
    Today's scores of every model that has a champion: the union of the champions' scoring SQL, read
    from the registry when the run starts (docs/decisions/0007-scoring-sql-is-a-row.md), over a relation
    of features. Without a champion, or a registry, no rows.

    features: name of a CTE of the model with one row per person or account: its key and the features.
    entity: person or account; its models are those of seed prediction_models. key: the column that names one.
    Returns a select: model_name, version_number, the key, raw_score (double precision).
-#}
{% macro champion_scores(features, entity='person', key='profile_id') %}
    {#- Also while parsing, so that dbt knows what it reads. -#}
    {%- set question = cdp.champion_sql(entity) -%}
    {%- set registered = load_relation(source('prediction_registry', 'model_promotion')) if execute else none -%}
    {%- set champions = [] -%}
    {%- if registered -%}
        {%- set found = run_query(question) -%}
        {%- for row in found.rows -%}
            {%- do champions.append(row) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for row in champions %}
    select
        cast('{{ row[0] }}' as varchar) as model_name,
        cast({{ row[1] }} as integer) as version_number,
        {{ key }},
        cast(score as double precision) as raw_score
    from ({{ row[2] | replace('"FEATURES"', features) }}) as scored_{{ loop.index }}
    {{ 'union all' if not loop.last }}
    {%- else %}
    select
        cast(null as varchar) as model_name,
        cast(null as integer) as version_number,
        {{ key }},
        cast(null as double precision) as raw_score
    from {{ features }}
    where 1 = 0
    {%- endfor %}
{% endmacro %}


{#- The query for an entity's champions that score by SQL: model, version, SQL. -#}
{% macro champion_sql(entity) %}
    select versions.model_name, versions.version_number, versions.scoring_sql
    from {{ source('prediction_registry', 'model_version') }} as versions
    inner join {{ source('prediction_registry', 'model_promotion') }} as decisions
        on versions.model_name = decisions.model_name
        and versions.version_number = decisions.version_number
    left join {{ source('prediction_registry', 'model_promotion') }} as later
        on decisions.model_name = later.model_name and decisions.decision_number < later.decision_number
    inner join {{ ref('prediction_models') }} as models on versions.model_name = models.model_name
    where
        later.model_name is null and versions.scoring_sql is not null
        and models.entity_code = '{{ entity }}'
    order by versions.model_name
{% endmacro %}
