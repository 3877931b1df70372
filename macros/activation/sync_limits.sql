{#- The limits of one request of a sync: as its file says, else a thousand members and a megabyte, or
    less where the transport takes less. definition: see sync_definition. -#}
{% macro sync_limits(definition) -%}
    {%- set most = var('cdp_transports')[definition.transport] -%}
    {%- set given = definition.get('limits', {}) -%}
    {{ return({
        'batch_rows': given.get('batch_rows', [most.rows, 1000] | min),
        'batch_bytes': given.get('batch_bytes', [most.bytes, 1000000] | min),
        'max_in_flight': given.get('max_in_flight', 4),
    }) }}
{%- endmacro %}
