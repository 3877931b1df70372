"""Pages read public marts and no more, show what is in them, and say what to do where there is
nothing to show."""

import ast
from collections.abc import Callable

import pytest
import yaml
from conftest import World, environment
from streamlit.testing.v1 import AppTest

from dashboards.marts import read_mart
from orchestration.warehouse import PROJECT_DIR

pytestmark = pytest.mark.slow
PAGES = ("activation", "identity")


@pytest.fixture
def world(synced: World, new_world: Callable[..., World]) -> World:
    """A copy that this process has not open: pages open the warehouse for reading only."""
    return new_world(copy_of=synced)


def show(name: str) -> AppTest:
    """A page, not run yet."""
    script = f"from dashboards import {name}\n{name}.page()\n"
    return AppTest.from_string(script, default_timeout=60)


def test_pages_of_the_demo_show_what_the_marts_hold(world: World) -> None:
    with environment(**world.variables):
        pages = {name: show(name).run() for name in PAGES}
    for page in pages.values():
        assert not page.exception and not page.warning
    tiles = {tile.label: tile.value for page in pages.values() for tile in page.metric}
    [(syncs, held, missing)] = world.rows(
        "select count(*), sum(present_count), sum(missing_count) from activation.sync_health"
    )
    assert tiles["Syncs in good health"].endswith(f"of {syncs}")
    assert (tiles["Held there"], tiles["Missing"]) == (f"{held:,}", f"{missing:,}")
    [(profiles,)] = world.rows("select count(distinct profile_id) from identity.identity_map")
    assert tiles["Profiles"] == f"{profiles:,}"
    runs = pages["activation"].dataframe[-1].value
    assert len(runs) == world.rows("select count(*) from activation.sync_runs")[0][0]


def test_a_stay_is_explained_to_whoever_asks(world: World) -> None:
    [(profile_id, sync_name)] = world.rows(
        "select profile_id, sync_name from activation.membership_explanations"
        " where left_because_code = 'unsubscribed'"
    )
    with environment(**world.variables):
        page = show("activation").run()
        page.sidebar.text_input[0].set_value(profile_id).run()
        assert any(expander.label.startswith(f"{sync_name}: ") for expander in page.expander)
        assert "unsubscribed" in "".join(table.value.to_string() for table in page.table)
        page.sidebar.text_input[0].set_value("nobody").run()
        assert "has been sent" in page.info[0].value
        page.sidebar.text_input[0].set_value("").run()
        page.sidebar.selectbox[0].set_value(sync_name).run()
    assert not page.exception
    assert set(page.dataframe[-1].value["sync_name"]) == {sync_name}


@pytest.mark.postgres
def test_pages_read_postgres_as_well(postgres_world: World) -> None:
    with environment(**postgres_world.variables):
        pages = {name: show(name).run() for name in PAGES}
    for page in pages.values():
        assert not page.exception and not page.warning
    tiles = {tile.label: tile.value for tile in pages["identity"].metric}
    [(profiles,)] = postgres_world.rows(
        "select count(distinct profile_id) from identity.identity_map"
    )
    assert tiles["Profiles"] == f"{profiles:,}"
    assert "No sync has run yet" in pages["activation"].info[0].value


def test_pages_say_what_is_missing(new_world) -> None:
    with environment(**new_world().variables):
        for name in PAGES:
            page = show(name).run()
            assert not page.exception
            assert "cannot be opened" in page.warning[0].value


def test_pages_of_a_warehouse_that_lacks_a_mart_or_a_column(new_world) -> None:
    world = new_world()
    world.rows("create schema activation")
    for built in ("create schema other", "create table activation.sync_health (sync_name varchar)"):
        world.rows(built)
        with environment(**world.variables):
            page = show("activation").run()
        assert not page.exception
        assert "Not built yet" in page.warning[0].value


@pytest.mark.parametrize("name", ["x; drop table y", "Upper", "a.b"])
def test_names_are_names(new_world, name: str) -> None:
    with new_world().open() as warehouse, pytest.raises(ValueError, match="is no name"):
        read_mart(warehouse, "activation.sync_health", [name])


@pytest.mark.parametrize("name", PAGES)
def test_lineage_leads_to_each_page(duckdb_world: World, name: str) -> None:
    """A page's exposure names what it reads, all of it public."""
    tree = ast.parse((PROJECT_DIR / "dashboards" / f"{name}.py").read_text(encoding="utf-8"))
    read = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "read"
    }
    path = PROJECT_DIR / "models" / name / f"_{name}__exposures.yml"
    [exposure] = yaml.safe_load(path.read_text(encoding="utf-8"))["exposures"]
    assert exposure["name"] == f"{name}_dashboard"
    named = {reference.split("'")[1] for reference in exposure["depends_on"]}
    assert read and {mart.split(".")[1] for mart in read} == named
    assert read <= {".".join(place) for place in duckdb_world.public_tables()}
