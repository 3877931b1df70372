"""An address that passed to another profile leaves when its owner of today says no."""

import hashlib

import pytest
from conftest import World

TABLES = {
    "identity.identity_map": (
        "identifier_key varchar, identifier_type varchar, identifier_normalised varchar,"
        " profile_id varchar",
        [
            ("k1", "email", "ann@x.example", "ann"),
            ("k2", "email", "bob@x.example", "bob"),
            ("k3", "device_id", "d1", "bob"),
            ("k4", "email", "bo@x.example", "bob"),
            ("k5", "email", "b@x.example", "bob"),
            ("k6", "email", "dea@x.example", "dea"),
            ("k7", "email", "eva@x.example", "eva"),
        ],
    ),
    "identity.identity_map_history": (
        "identifier_key varchar, profile_id varchar, valid_to_at timestamp",
        [
            ("k1", "ann", None),
            ("k2", "ann", "2026-05-01"),  # bob was taken out of ann
            ("k2", "bob", None),
            ("k3", "cem", "2026-05-01"),  # no sync sends devices
            ("k3", "bob", None),
            ("k4", "bob", None),
            ("k5", "bob", "2026-05-01"),  # went and came back
            ("k5", "bob", None),
            ("k6", "ann", "2026-05-01"),  # dea says nothing, eva says yes
            ("k7", "ann", "2026-05-01"),
        ],
    ),
    "activation.int_activation__contacts_refused": (
        "profile_id varchar, purpose_code varchar, channel_code varchar, reason_code varchar",
        [
            ("bob", "advertising", "ads", "consent_denied"),
            ("bob", "marketing", "email", "unsubscribed"),
            ("ann", "marketing", "email", "complained"),
        ],
    ),
    "privacy.contact_permissions": (
        "profile_id varchar, purpose_code varchar, channel_code varchar",
        [("eva", "marketing", "email"), ("eva", "advertising", "ads")],
    ),
}


def check(world: World) -> None:
    """By the profile that was sent with the address, or the address where that is the key."""
    with world.open() as warehouse:
        for name, (columns, rows) in TABLES.items():
            warehouse.execute(f"create schema if not exists {name.split('.')[0]}")
            warehouse.execute(f"create table {name} ({columns})")
            for row in rows:
                marks = ", ".join("?" for _ in row)
                warehouse.execute(f"insert into {name} values ({marks})", row)
    moved = ("int_activation__identifiers_moved", "int_activation__keys_moved+1")
    world.dbt("run", "-s", "sync_catalog", *moved)
    found = world.rows(
        "select sync_name, member_key, reason_code from activation.int_activation__keys_refused"
    )
    hashed = hashlib.sha256(b"ann").hexdigest()
    assert sorted(found) == [
        ("demo_ads__recent_buyers", hashed, "consent_denied"),
        ("demo_help_desk__best_customers", "ann", "unsubscribed"),
        ("demo_http__newsletter_audience", "ann", "unsubscribed"),
        ("demo_http__win_back", "bob@x.example", "unsubscribed"),
    ]
    found = world.rows(
        "select member_key, profile_id, is_identifier from activation.sync_keys_closed"
        " where sync_name = 'demo_http__newsletter_audience' or is_identifier"
    )
    assert sorted(found) == [
        ("ann", "bob", False),
        ("ann", "dea", False),
        ("bob@x.example", "bob", True),
        ("dea@x.example", "dea", True),
    ]


def test_who_has_the_address_now_decides(new_world) -> None:
    check(new_world())


@pytest.mark.postgres
def test_who_has_the_address_now_decides_on_postgres(tmp_path, postgres) -> None:
    check(World(tmp_path, CDP_TARGET="postgres", **postgres))
