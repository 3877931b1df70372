"""House rules that a machine can check, over dbt's manifest and the files it was read from."""

import ast
import json
import re
from pathlib import Path

import pytest
import yaml
from conftest import World

from orchestration.warehouse import PROJECT_DIR

MODELS = PROJECT_DIR / "models"
MACROS = PROJECT_DIR / "macros"
VARS = yaml.safe_load((PROJECT_DIR / "dbt_project.yml").read_text())["vars"]["cdp"]
DATA_TYPES = {
    *("varchar", "integer", "bigint", "numeric(18,2)", "numeric(18,6)", "double precision"),
    *("boolean", "date", "timestamp"),
}
LONGEST_NAME = 50  # PostgreSQL cuts at 63, and dbt appends suffixes
LONGEST_MODEL = 150  # lines; a longer one says at its top why
LONGEST_FUNCTION = 40
# Rows that nothing tells apart: refused ones, a person's approvals, repeated deliveries.
NO_GRAIN = {
    "quarantined_rows",
    "sync_approvals",
    "int_canonical__events_landed",
    "int_canonical__stream_quarantine",
}
# Sources of a kind that every company has, rather than a vendor's product; WhatsApp is a channel.
NO_VENDOR = {"consent", "erp", "loyalty", "pos", "reviews", "social", "surveys", "whatsapp"}
# Who may look at what the warehouse holds: docs/decisions/0002-landed-layouts.md; which of its
# tables are streams; the loop that counts what is left; materializations, of what they replace; the
# ledger that the engine creates before its first sync; contracts that rules are checked against,
# which dbt knows without a warehouse.
MAY_INTROSPECT = {
    "macros/staging/landed.sql",
    "macros/staging/know_sources.sql",
    "macros/registry/streamed_tables.sql",
    "macros/materialization/connected_components.sql",
    "macros/materialization/solve_components.sql",
    "macros/materialization/default__get_create_table_as_sql.sql",
    "macros/materialization/limited_components.sql",
    "macros/materialization/replaced_in_place.sql",
    "macros/activation/ledger_table.sql",
    "macros/activation/sync_registry.sql",
    "macros/segments/segment_columns.sql",
    "macros/predictions/champion_scores.sql",  # docs/decisions/0007-scoring-sql-is-a-row.md
    "macros/identity/blocked_reason.sql",  # docs/decisions/0009-incremental-identity.md
}
INTROSPECTION = (
    r"\brun_query\b|\bget_columns_in_relation\b|\bload_relation\b|\bget_relation\b"
    r"|\bgraph\.|\bstatement\b|\binformation_schema\b"
)
CLOCKS_AND_DICE = (
    r"\bcurrent_timestamp\b|\bcurrent_date\b|\blocaltimestamp\b|\bnow\s*\(|\btoday\s*\("
    r"|\brandom\s*\(|\brand\s*\(|\bgen_random_uuid\b|\buuid\s*\(|\binvocation_id\b"
)
ORDERED = r"\b(?:row_number|rank|dense_rank|first_value|last_value|lag|lead|nth_value)\s*\("


def parse(folder: Path, target: str) -> dict:
    """The manifest of the project on a target, where a warning is an error. Needs no database."""
    world = World(folder, CDP_TARGET=target, CDP_DUCKDB_PATH=str(folder / "none.duckdb"))
    result = world.dbt("parse", "--warn-error", "--no-partial-parse", expect_success=False)
    assert result.success, f"dbt parse on {target}: {result.exception}"
    return json.loads((folder / "target" / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def manifest(tmp_path_factory) -> dict:
    return parse(tmp_path_factory.mktemp("parsed"), "duckdb")


@pytest.fixture(scope="module")
def models(manifest) -> list[dict]:
    return [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]


def names(nodes: list[dict]) -> list[str]:
    return sorted(node["name"] for node in nodes)


def code(text: str) -> str:
    """SQL and Jinja without comments and descriptions of why."""
    return re.sub(r"\{#.*?#\}|--[^\n]*", "", text, flags=re.DOTALL)


def read(path: Path) -> str:
    return code(path.read_text(encoding="utf-8"))


def found_in(paths: list[Path], pattern: str) -> list[str]:
    """Where a pattern occurs in code, as file: match."""
    return [
        f"{path.relative_to(PROJECT_DIR)}: {match.group(0)}"
        for path in paths
        for match in re.finditer(pattern, read(path), flags=re.IGNORECASE)
    ]


def sql_files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.sql"))


def body_after(text: str, start: int) -> str:
    """What stands between the bracket that opens at or after `start` and its partner."""
    opening = text.index("(", start)
    depth = 0
    for place in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth == 0:
            return text[opening + 1 : place]
    return text[opening + 1 :]


# --- Folders ------------------------------------------------------------------------------------


def test_postgres_parses_to_the_same_models(manifest, tmp_path):
    other = parse(tmp_path, "postgres")
    assert set(other["nodes"]) == set(manifest["nodes"])


def test_folder_is_schema_and_group(models):
    strays = [
        node["original_file_path"]
        for node in models
        if not node["schema"] == node["group"] == Path(node["path"]).parts[0]
    ]
    assert not strays, "unplaced: give the folder a schema and a group in dbt_project.yml"


def expected_prefix(path: Path) -> str:
    """How a model's name begins, by where its file is. A domain's root has no prefix."""
    folders = path.parts[:-1]
    if folders[0] == "staging":
        return rf"(stg|map)_{folders[1]}__"
    if folders[-1] == "intermediate":
        return rf"int_{folders[0]}__"
    if folders[-1] == "definitions":
        return "seg_"
    if "destinations" in folders:
        return rf"sync_{folders[-1]}__"
    return r"(?!stg_|map_|int_|seg_)(?!.*__)"


def test_names_say_what_a_model_is(models):
    wrong = [
        node["path"]
        for node in models
        if not re.match(expected_prefix(Path(node["path"])), node["name"])
        or Path(node["path"]).stem != node["name"]
        or len(node["name"]) > LONGEST_NAME
    ]
    assert not wrong


def test_access_follows_the_prefix(models):
    for node in models:
        prefix = node["name"].split("_")[0]
        if prefix in ("stg", "int"):
            expected = ("private", False)
        elif prefix == "map":
            expected = ("protected", True)
        elif prefix == "seg":  # judged in one pass; segment_members has the contract
            expected = ("private", False)
        elif prefix == "sync" and "/destinations/" in node["path"]:  # cdp.sync writes the columns
            expected = ("protected", False)
        else:
            expected = ("public", True)
        assert (node["access"], node["contract"]["enforced"]) == expected, node["path"]


def test_only_staging_and_the_ledger_read_sources(models, manifest):
    readers = [
        node["name"]
        for node in models
        for parent in node["depends_on"]["nodes"]
        if parent.startswith("source.")
        and node["group"] not in ("staging", "evaluation")
        and manifest["sources"][parent]["source_name"]
        not in ("activation_ledger", "prediction_registry")
    ]
    assert not readers


def test_only_the_evaluation_reads_the_truth_and_nothing_reads_the_evaluation(models, manifest):
    """docs/decisions/0008-the-truth-is-read-in-one-folder.md"""
    places = found_in([*sql_files(MODELS), *sql_files(MACROS)], r"demo_truth|\bis_demo\b")
    assert not [place for place in places if not place.startswith("models/evaluation/")]
    evaluation = {node["unique_id"] for node in models if node["group"] == "evaluation"}
    sources = {
        manifest["sources"][parent]["source_name"]
        for node in models
        for parent in node["depends_on"]["nodes"]
        if node["group"] == "evaluation" and parent.startswith("source.")
    }
    assert sources == {"demo_truth"}
    readers = [
        node["unique_id"]
        for kind in ("nodes", "exposures")
        for node in manifest[kind].values()
        if node["resource_type"] != "test" and evaluation & set(node["depends_on"].get("nodes", []))
    ]
    assert not set(readers) - evaluation


# --- Words --------------------------------------------------------------------------------------


def test_every_model_states_its_grain(models, manifest):
    unsaid = [
        node
        for node in models
        if not node["description"].startswith("One row per ")
        and "segment" not in node["config"]["meta"]  # a segment's file says who its members are
        and "sync" not in node["config"]["meta"]  # and a sync's who is sent
    ]
    assert not names(unsaid), "a description begins with the grain: One row per ..."
    grainless = {node["name"] for node in models if node["config"]["meta"].get("grain") == []}
    assert {name for name in grainless if not name.endswith("__quarantined_rows")} == NO_GRAIN
    assert not names([node for node in models if "grain" not in node["config"]["meta"]])
    unknown = [
        f"{node['name']}: {column}"
        for node in models
        for column in node["config"]["meta"]["grain"]
        if node["columns"] and column not in node["columns"]
    ]
    assert not unknown


def test_every_grain_is_tested(models, manifest):
    tested: dict[str, list[list[str]]] = {}
    for test in manifest["nodes"].values():
        kind = (test.get("test_metadata") or {}).get("name")
        if kind == "unique_grain":
            columns = test["test_metadata"]["kwargs"]["columns"]
            tested.setdefault(test["attached_node"], []).append(sorted(columns))
        elif kind == "unique":
            tested.setdefault(test["attached_node"], []).append([test["column_name"]])
    untested = [
        node
        for node in models
        if not node["name"].startswith("stg_")  # there duplicates are marked, not refused
        and node["name"] not in NO_GRAIN
        and not node["name"].endswith("__quarantined_rows")
        and sorted(node["config"]["meta"]["grain"]) not in tested.get(node["unique_id"], [])
    ]
    public = [node for node in untested if node["access"] == "public"]
    assert not names(public), "a public model has a unique_grain test on exactly its meta.grain"


def test_every_landed_table_is_accounted_for(manifest):
    declared = {
        (node["source_name"], node["name"])
        for node in manifest["sources"].values()
        if node["path"].startswith("models/staging")
    }
    accounted = {
        (
            test["test_metadata"]["kwargs"]["source_name"],
            test["test_metadata"]["kwargs"]["table_name"],
        )
        for test in manifest["nodes"].values()
        if (test.get("test_metadata") or {}).get("name") == "rows_accounted"
    }
    assert declared == accounted, "each landed table has a rows_accounted test"


def test_public_models_are_typed_described_and_asked(models):
    for node in models:
        if node["access"] != "public":
            continue
        assert node["config"]["meta"].get("questions"), f"{node['name']}: which question?"
        for column in node["columns"].values():
            assert column["description"], f"{node['name']}.{column['name']} has no description"
            assert column["data_type"], f"{node['name']}.{column['name']} has no type"


def test_data_types_are_words_that_both_engines_know(models, manifest):
    used = {
        column["data_type"]
        for node in [*models, *manifest["sources"].values()]
        for column in node["columns"].values()
        if column["data_type"]
    }
    assert used <= DATA_TYPES


def test_errors_are_errors(manifest):
    # The sample of the demo world: seeds that only an environment variable brings to life.
    disabled = [name for name in manifest["disabled"] if not name.startswith("seed.cdp.raw_")]
    assert not disabled, "remove it, or gate it by a registry"
    lenient = [
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["config"]["severity"].lower() != "error"
    ]
    assert not lenient


def test_singular_tests_are_laws_with_a_place(manifest):
    """Without meta.dagster.ref a test over several models is no asset check in Dagster."""
    known = {node["name"] for node in manifest["nodes"].values()}
    for test in manifest["nodes"].values():
        if test["resource_type"] == "test" and not test.get("test_metadata"):
            domain = Path(test["original_file_path"]).parts[1]
            assert test["name"].startswith(f"assert_{domain}__"), test["name"]
            assert test["description"], test["name"]
            assert test["config"]["meta"]["dagster"]["ref"]["name"] in known, test["name"]


def test_unit_tests_say_the_behaviour(manifest):
    for test in manifest["unit_tests"].values():
        assert re.fullmatch(rf"{test['model']}__[a-z0-9_]+", test["name"]), test["name"]
        assert len(test["name"]) <= 63, f"{test['name']}: PostgreSQL refuses longer names"


# --- Registries ---------------------------------------------------------------------------------


def test_feeds_are_files_and_files_are_feeds():
    registered = {
        f"map_{name}__{shape}" for name, shapes in VARS["cdp_feeds"].items() for shape in shapes
    }
    files = {path.stem for path in (MODELS / "staging").rglob("map_*.sql")}
    assert files == registered, "var cdp_feeds in dbt_project.yml lists every map_ file"
    shapes = {path.stem for path in (MODELS / "canonical").glob("*.sql")}
    assert {shape for feeds in VARS["cdp_feeds"].values() for shape in feeds} <= shapes


def test_every_canonical_shape_has_a_row_in_the_readme(models):
    text = (MODELS / "canonical" / "README.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| \[(\w+)\]\(\1\.sql\) \|", text, flags=re.MULTILINE))
    shapes = {node["name"] for node in models if re.match(r"canonical/\w+\.sql$", node["path"])}
    assert rows == shapes


def test_every_source_folder_is_whole():
    for folder in sorted(path for path in (MODELS / "staging").iterdir() if path.is_dir()):
        assert folder.name in VARS["cdp_feeds"], f"var cdp_feeds has no line {folder.name}"
        for kind in ("sources", "models"):
            assert (folder / f"_{folder.name}__{kind}.yml").exists(), f"{folder.name}: {kind}"


def test_segments_and_syncs_are_registered():
    segments = {path.stem for path in (MODELS / "segments" / "definitions").glob("*.sql")}
    assert segments == {f"seg_{name}" for name in VARS["cdp_segments"]}
    syncs = {path.stem for path in (MODELS / "activation" / "destinations").rglob("*.sql")}
    assert syncs == {f"sync_{name}" for name in VARS["cdp_syncs"]}


def test_every_segment_is_judged_catalogued_and_unit_tested(manifest):
    segments = {f"model.cdp.seg_{name}" for name in VARS["cdp_segments"]}
    for reader in ("int_segments__judged", "segment_members", "segment_catalog"):
        read_by = set(manifest["nodes"][f"model.cdp.{reader}"]["depends_on"]["nodes"])
        assert not segments - read_by, f"{reader} does not read them"
    tested = {f"model.cdp.{test['model']}" for test in manifest["unit_tests"].values()}
    assert not segments - tested, "tests/unit/segments/definitions.yml has a test of every segment"


def test_every_sync_names_who_receives_it(manifest):
    told = {exposure["name"] for exposure in manifest["exposures"].values()}
    assert told >= set(VARS["cdp_syncs"]), "a sync has an exposure of its name"


# --- SQL ----------------------------------------------------------------------------------------


def test_models_read_no_clock_and_throw_no_dice():
    assert not found_in([*sql_files(MODELS), *sql_files(MACROS)], CLOCKS_AND_DICE)


def test_models_do_not_ask_the_warehouse_what_it_holds():
    asking = found_in([*sql_files(MODELS), *sql_files(MACROS)], INTROSPECTION)
    assert not [place for place in asking if place.split(":")[0] not in MAY_INTROSPECT]


def test_engines_differ_in_portability_only():
    elsewhere = [path for path in sql_files(MACROS) if path.parent.name != "portability"]
    assert not found_in(
        [*sql_files(MODELS), *elsewhere], r"\badapter\.dispatch\b|\btarget\.(type|name)\b"
    )


def test_join_sides_are_given_back():
    """A model that tells DuckDB to take the sides of joins as written does so for itself alone."""
    texts = [read(path) for path in sql_files(MODELS)]
    told = [text for text in texts if "join_sides_as_written" in text]
    assert told
    for text in told:
        assert re.search(r"pre_hook=\"[^\"]*join_sides_as_written\(true\b", text)
        assert re.search(r"post_hook=\"[^\"]*join_sides_as_written\(false\b", text)


@pytest.mark.parametrize(
    "path", sorted((MACROS / "portability").glob("*.sql")), ids=lambda path: path.stem
)
def test_a_dispatched_macro_is_an_expression_on_both_engines(path):
    text = read(path)
    assert not re.search(r"\bselect\b|\bfrom\b(?! cdp)|\bref\(|\bvar\(", text), "no business rule"
    if "adapter.dispatch" in text:
        for engine in ("default", "duckdb", "postgres"):
            assert f"macro {engine}__{path.stem}(" in text
        assert "is not implemented for" in text


def test_vendors_end_in_staging():
    vendors = {path.name for path in (MODELS / "staging").iterdir() if path.is_dir()} - NO_VENDOR
    words = r"(?<![a-z])(" + "|".join(sorted(vendors)) + r")(?![a-z])"
    beyond = [
        path
        for path in [*sql_files(MODELS), *sql_files(MACROS)]
        if "staging" not in path.parts and "destinations" not in path.parts
    ]
    # A segment of an audience is our word, too.
    assert not [place for place in found_in(beyond, words) if not place.endswith(": segment")]


def test_windows_are_ordered():
    unordered = []
    for path in [*sql_files(MODELS), *sql_files(MACROS)]:
        text = read(path)
        for call in re.finditer(ORDERED, text, flags=re.IGNORECASE):
            over = re.compile(r"\bover\b", flags=re.IGNORECASE).search(text, call.end())
            window = body_after(text, over.end()) if over else ""
            if not re.search(r"\border\s+by\s+(?!1\b|\(select)", window, flags=re.IGNORECASE):
                unordered.append(f"{path.relative_to(PROJECT_DIR)}: {call.group(0)}")
    assert not unordered


def test_days_are_vars_with_a_reason():
    """A number of days that decides who somebody is belongs in dbt_project.yml. A day or an hour as
    a unit is no threshold; a roll-up whose column name says its days is none either."""
    literal = r"interval\s+'(?!1 |\{\{)\d+ [a-z]+'"
    rollups = re.compile(r"models/profile/intermediate/int_profile__\w+_rolled_up\.sql")
    places = found_in(sql_files(MODELS), literal)
    assert not [place for place in places if not rollups.match(place)]


def test_long_models_say_why(models):
    silent = []
    for path in sql_files(MODELS):
        text = path.read_text(encoding="utf-8")
        before_with = re.split(r"^with$", text, maxsplit=1, flags=re.MULTILINE)[0]
        if text.count("\n") > LONGEST_MODEL and not re.search(r"\{#|--", before_with):
            silent.append(path.name)
    assert not silent, f"over {LONGEST_MODEL} lines: split it, or justify it at its top"


def test_every_macro_file_opens_with_its_purpose():
    for path in [*sql_files(MACROS), *sorted((PROJECT_DIR / "tests" / "generic").glob("*.sql"))]:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("{#"), f"{path.relative_to(PROJECT_DIR)} opens with a comment"
        assert re.search(rf"(macro|test|materialization) {path.stem}\b", text), path.name


# --- Python and words ---------------------------------------------------------------------------


def test_python_decides_nothing_about_customers(models):
    """Glue may read the activation tables, the landed clocks and the ledger. What a person is, and
    from which day on, is said in models; only the demo's summary counts their rows."""
    customers = [
        node["name"]
        for node in models
        # Training reads the rows that the predictions models prepared for it.
        if node["group"] not in ("activation", "predictions") and len(node["name"]) > len("events")
    ]
    mentions = re.compile(r"\b(from|join)\s+\S*\b(" + "|".join(customers) + r")\b")
    threshold = re.compile(r"\bwhere\b.*([<>]=?\s*\d|\binterval\b)", flags=re.DOTALL)
    for path in sorted((PROJECT_DIR / "orchestration").rglob("*.py")):
        if "landing" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not threshold.search(node.value), f"{path.name}:{node.lineno}"
                if path.name != "summary.py":
                    assert not mentions.search(node.value), f"{path.name}:{node.lineno}"


def test_definitions_stay_short():
    text = (PROJECT_DIR / "orchestration" / "definitions.py").read_text(encoding="utf-8")
    assert text.count("\n") < 60


def test_functions_stay_short():
    long = []
    folders = (PROJECT_DIR / name for name in ("orchestration", "dashboards"))
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef):
                continue
            nested = [item for item in node.body if isinstance(item, ast.ClassDef)]
            lines = node.end_lineno - node.lineno + 1
            lines -= sum(item.end_lineno - item.lineno + 1 for item in nested)
            if lines > LONGEST_FUNCTION:
                long.append(f"{path.name}: {node.name} has {lines} lines")
    assert not long


def test_links_between_documents_lead_somewhere():
    documents = [
        *PROJECT_DIR.glob("*.md"),
        *(PROJECT_DIR / "docs").rglob("*.md"),
        *(PROJECT_DIR / "dashboards").glob("*.md"),
        *MODELS.rglob("*.md"),
    ]
    broken = [
        f"{document.relative_to(PROJECT_DIR)}: {link}"
        for document in documents
        for link in re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
        if "://" not in link and not (document.parent / link).exists()
    ]
    assert documents and not broken


def test_benchmarks_import_what_is_there():
    """Nothing else runs them here: their peers are installed for `./run bench` only."""
    modules = {
        f"benchmarks.{path.stem}": ast.parse(path.read_text(encoding="utf-8"))
        for path in (PROJECT_DIR / "benchmarks").glob("*.py")
    }
    defined = {
        name: {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        | {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for name, tree in modules.items()
    }
    asked = [
        (module, node.module, alias.name)
        for module, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in modules
        for alias in node.names
    ]
    assert asked
    assert not [ask for ask in asked if ask[2] not in defined[ask[1]]]
