"""What a person reads after `./run`: counted in SQL, from the marts and the demo's truth."""

from __future__ import annotations

from typing import Any, TextIO

from orchestration.warehouse import Warehouse, duckdb_path, open_warehouse, schema_name, target_name

PEOPLE_SQL = """
select
    (select count(*) from {profile}.profiles where profile_kind = 'known'),
    (select count(*) from {profile}.profiles where profile_kind = 'anonymous'),
    (select count(*) from demo_truth.persons where kind in
        ('customer', 'guest', 'store_only', 'business')),
    (select count(*) from demo_truth.persons where kind = 'anonymous')
"""

PAIRS_SQL = """
select
    max(case when measure_name = 'pairwise_precision' then measure_value end),
    max(case when measure_name = 'pairwise_recall' then measure_value end)
from {evaluation}.identity_quality
"""


def rows(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query in which {folder} stands for that folder's schema."""
    folders = (
        *("canonical", "identity", "profile", "segments", "activation", "privacy"),
        "evaluation",
    )
    return warehouse.execute(sql.format(**{name: schema_name(name) for name in folders}))


COUNTS_SQL = {
    "merges": "select count(*) from {identity}.identity_merges",
    "edges": "select count(*) from {identity}.identity_edges",
    "waiting": "select count(*) from {activation}.sync_outbox",
}
LISTS_SQL = {
    "segments": """
        select segment_name, member_count, contactable_count from {segments}.segment_catalog
        order by member_count desc, segment_name
    """,
    "syncs": """
        select
            sync_catalog.sync_name, sync_catalog.audience_name, sync_guards.desired_count,
            (
                select count(*) from {activation}.sync_refusals
                where sync_refusals.sync_name = sync_catalog.sync_name
            )
        from {activation}.sync_catalog
        left join {activation}.sync_guards on sync_catalog.sync_name = sync_guards.sync_name
        order by sync_catalog.sync_name
    """,
    "refused": """
        select reason_code, count(*) from {activation}.sync_refusals
        group by reason_code order by count(*) desc, reason_code
    """,
    "quarantined": """
        select reason_code, count(*) from {canonical}.quarantined_rows
        group by reason_code order by count(*) desc, reason_code
    """,
    "rejected": """
        select reason_code, count(*) from {identity}.identity_rejections
        group by reason_code order by count(*) desc, reason_code
    """,
}


def listed(counts: list[tuple[Any, ...]]) -> str:
    """Names with their counts on one line."""
    return ", ".join(f"{name} {count:,}" for name, count in counts) or "none"


def print_summary(out: TextIO, arrived: dict[str, int]) -> None:
    """Writes the summary of the demo; `arrived` is what the stand-in holds of each audience."""
    with open_warehouse(read_only=True) as warehouse:
        known, anonymous, people, visitors = rows(warehouse, PEOPLE_SQL)[0]
        precision, recall = rows(warehouse, PAIRS_SQL)[0]
        counts = {name: rows(warehouse, sql)[0][0] for name, sql in COUNTS_SQL.items()}
        lists = {name: rows(warehouse, sql) for name, sql in LISTS_SQL.items()}

    def line(label: str, text: str) -> None:
        out.write(f"  {label:<32}{text}\n")

    out.write("\nPeople\n")
    line("known", f"{known:,} found, {people:,} exist")
    line("anonymous visitors", f"{anonymous:,} found, {visitors:,} exist (with several devices)")
    line("pairs of identifiers", f"precision {precision:.4f}, recall {recall:.4f}")
    line("links between identifiers", f"{counts['edges']:,}")
    line("profiles merged", f"{counts['merges']:,} since the first run")
    line("identifiers refused", listed(lists["rejected"]))
    out.write("\nSegments (members, of whom marketing e-mail may go to)\n")
    for name, members, contactable in lists["segments"]:
        line(name, f"{members:>6,} {contactable:>8,}")
    out.write("\nSyncs (wanted, refused, held by the destination)\n")
    for name, audience, wanted, refused in lists["syncs"]:
        line(name, f"{wanted or 0:>6,} {refused:>8,} {arrived.get(audience, 0):>8,}")
    line("still in the outbox", f"{counts['waiting']:,}")
    line("refused", listed(lists["refused"]))
    out.write("\nRows quarantined\n")
    line("by reason", listed(lists["quarantined"]))
    out.write("\nLook next\n")
    place = str(duckdb_path()) if target_name() == "duckdb" else "your PostgreSQL"
    line("tables", f"{place}: profile.profiles, segments.segment_members ...")
    line("lineage and this run", "./run ui   (http://127.0.0.1:3000)")
    line("dashboards", "./run dashboards (http://127.0.0.1:8501)")
    line("documentation", "./run docs (http://127.0.0.1:8080), README.md")
