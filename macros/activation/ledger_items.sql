{#-
    Every member of every request, beside what became of it: an item has a status of its own only
    where it parts from its batch (failed, refused). A select.
-#}
{% macro ledger_items() -%}
select
    batches.run_id,
    items.item_number,
    items.batch_id,
    batches.sync_name,
    batches.audience_name,
    items.member_key,
    items.profile_id,
    items.operation_code,
    items.reason_code,
    items.purpose_code,
    items.channel_code,
    items.consent_version,
    items.payload_hash,
    coalesce(
        items.status_code,
        case batches.status_code
            when 'accepted' then 'accepted'
            when 'answered' then 'confirmed'
            when 'settled' then 'confirmed'
            when 'cancelled' then 'cancelled'
            else 'planned'
        end
    ) as status_code,
    items.error_code,
    batches.vendor_job_id,
    batches.attempt_count,
    batches.started_at,
    coalesce(items.settled_at, batches.settled_at) as settled_at
from ({{ cdp.ledger_table('sync_item') }}) as items
inner join ({{ cdp.ledger_table('sync_batch') }}) as batches
    on items.batch_id = batches.batch_id
{%- endmacro %}
