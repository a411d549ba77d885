"""Every service has the same floors, only the database door holds SQL, and modules stay small."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.sources import REPOSITORY, SERVICES, Source, constants, imported, plant, sources

FILES = (
    "README.md", "__init__.py", "__main__.py", "stream.py", "api.py", "handle.py", "policy.py", "store.py",
    "migrations/env.py", "rules/__init__.py", "rules/catalog.py",
)  # fmt: skip
HEADINGS = ("In", "Out", "Tables", "How it fails")
LONGEST_MODULE, LONGEST_FUNCTION = 400, 60
VAGUE = {"utils", "helpers", "common", "base", "manager", "processor", "data", "misc"}

STATEMENTS = {"text", "select", "insert", "update", "delete", "Table", "Column", "MetaData"}
SQL = re.compile(
    r"\s*(select\s.+\sfrom|insert\s+into|update\s.+\sset|delete\s+from|(create|alter|drop)\s+(table|index|schema))\s",
    re.IGNORECASE | re.DOTALL,
)


def missing_floors(root: Path) -> list[str]:
    """Files that a service lacks, headings that its page lacks, and packages where none may be."""
    found = []
    for service in SERVICES:
        home = root / "services" / service
        found += [f"{service}: no {name}" for name in FILES if not _stands(home, name)]
        if not list((home / "migrations/versions").glob("0001_*.py")):
            found.append(f"{service}: no first migration")
        found += [
            f"{service}: {name} is no package"
            for name in ("migrations", "site")
            if (home / name / "__init__.py").exists()
        ]
        page = (home / "README.md").read_text("utf-8") if (home / "README.md").exists() else ""
        headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
        if headings != list(HEADINGS):
            found.append(f"{service}: README.md has the headings {headings}")
    return found


def _stands(home: Path, name: str) -> bool:
    """Whether a floor is there: the file, or for a module a package of its name."""
    return (home / name).exists() or (name.endswith(".py") and (home / name[:-3] / "__init__.py").exists())


def sql_outside_stores(root: Path) -> list[str]:
    """SQL, or what builds it, outside the services' store and migrations and the runtime."""
    found = []
    for source in sources(root):
        if _may_hold_sql(source):
            continue
        for line, name in imported(source):
            library, _, part = name.partition(".")
            if library in ("psycopg", "alembic") or (library == "sqlalchemy" and part in STATEMENTS):
                found.append(f"{source.path}:{line}: imports {name}")
        for node in ast.walk(source.syntax):
            if isinstance(node, ast.Attribute) and node.attr in STATEMENTS and _is_sqlalchemy(node.value):
                found.append(f"{source.path}:{node.lineno}: builds SQL with {node.attr}")
        found += [
            f"{source.path}:{node.lineno}: holds SQL"
            for node in constants(source)
            if isinstance(node.value, str) and SQL.match(node.value)
        ]
    return found


def too_long(root: Path) -> list[str]:
    """Modules and functions beyond the hard stop."""
    found = []
    for source in sources(root, ("services", "shared", "deploy")):
        lines = len(source.text.splitlines())
        if lines > LONGEST_MODULE:
            found.append(f"{source.path}: {lines} lines")
        for node in ast.walk(source.syntax):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                long = (node.end_lineno or node.lineno) - node.lineno + 1
                if long > LONGEST_FUNCTION and "migrations" not in source.path:
                    found.append(f"{source.path}:{node.lineno}: {node.name} has {long} lines")
    return found


def vague_names(root: Path) -> list[str]:
    """Modules whose names say nothing, and modules that do not open with a sentence."""
    found = []
    for source in sources(root, ("services", "shared", "deploy")):
        if Path(source.path).stem in VAGUE:
            found.append(f"{source.path}: a vague name")
        if not ast.get_docstring(source.syntax) and source.text.strip() and "migrations" not in source.path:
            found.append(f"{source.path}: opens with no sentence")
    return found


def swallowed(root: Path) -> list[str]:
    """Handlers that catch everything in silence: bare ones, and those that only pass."""
    found = []
    for source in sources(root, ("services", "shared", "deploy")):
        for node in ast.walk(source.syntax):
            if isinstance(node, ast.ExceptHandler):
                silent = all(isinstance(part, ast.Pass) for part in node.body)
                broad = node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException")
                if node.type is None or (silent and broad):
                    found.append(f"{source.path}:{node.lineno}: an error is swallowed")
    return found


def _may_hold_sql(source: Source) -> bool:
    parts = source.path.split("/")
    door = source.service is not None and parts[2] in ("store.py", "store", "migrations")
    return door or parts[:2] == ["shared", "runtime"]


def _is_sqlalchemy(node: ast.expr) -> bool:
    return getattr(node, "id", "") in ("sa", "sqlalchemy")


def test_every_service_has_the_same_floors() -> None:
    assert missing_floors(REPOSITORY) == []


def test_every_main_module_is_three_lines_and_starts_its_own_service() -> None:
    for service in SERVICES:
        text = (REPOSITORY / "services" / service / "__main__.py").read_text("utf-8")
        body = [node for node in ast.parse(text).body if not isinstance(node, ast.Expr)]
        assert len(body) == 3, service
        assert f'serve("{service}"' in re.sub(r"\s", "", text), service


def test_only_stores_and_migrations_hold_sql() -> None:
    assert sql_outside_stores(REPOSITORY) == []


def test_modules_and_functions_stay_small() -> None:
    assert too_long(REPOSITORY) == []


def test_names_say_what_a_module_decides() -> None:
    assert vague_names(REPOSITORY) == []


def test_no_error_is_swallowed() -> None:
    assert swallowed(REPOSITORY) == []


def whole_house(root: Path) -> Path:
    """A house in which every floor stands."""
    page = "# name\n" + "".join(f"\n## {heading}\n" for heading in HEADINGS)
    files = {}
    for service in SERVICES:
        files |= {f"services/{service}/{name}": page if name == "README.md" else "" for name in FILES}
        files |= {f"services/{service}/migrations/versions/0001_tables.py": ""}
    return plant(root, files)


def test_a_whole_house_lacks_nothing(tmp_path: Path) -> None:
    assert missing_floors(whole_house(tmp_path)) == []


def test_a_floor_may_be_a_package(tmp_path: Path) -> None:
    root = whole_house(tmp_path)
    (root / "services/notify/api.py").unlink()
    assert missing_floors(plant(root, {"services/notify/api/__init__.py": ""})) == []


@pytest.mark.parametrize("name", [*FILES, "migrations/versions/0001_tables.py"])
def test_a_missing_floor_is_caught(name: str, tmp_path: Path) -> None:
    root = whole_house(tmp_path)
    (root / "services/notify" / name).unlink()
    assert missing_floors(root) and all(line.startswith("notify") for line in missing_floors(root))


def test_a_page_with_other_headings_and_a_package_in_migrations_are_caught(tmp_path: Path) -> None:
    root = plant(
        whole_house(tmp_path),
        {"services/notify/README.md": "# notify\n## In\n", "services/scoring/migrations/__init__.py": ""},
    )
    assert len(missing_floors(root)) == 2


@pytest.mark.parametrize(
    "text",
    [
        "import sqlalchemy as sa\nQUERY = sa.select(1)",
        "from sqlalchemy import text",
        "import psycopg",
        'QUERY = "select letter from schools where school_id = 1"',
        'QUERY = "DELETE FROM schools "',
    ],
)
def test_sql_at_another_door_is_caught(text: str, tmp_path: Path) -> None:
    assert len(sql_outside_stores(plant(tmp_path, {"services/notify/api.py": text}))) == 1


def test_sql_in_a_store_and_plain_words_elsewhere_pass(tmp_path: Path) -> None:
    files = {
        "services/notify/store.py": "import sqlalchemy as sa\nQUERY = sa.text('select due_on from notices where x')",
        "services/notify/api.py": "from sqlalchemy import Connection\nTEXT = 'Select a school, then its notices'",
    }
    assert sql_outside_stores(plant(tmp_path, files)) == []


def test_a_long_module_and_a_long_function_are_caught(tmp_path: Path) -> None:
    long_function = "def decide():\n" + "    x = 1\n" * 60
    files = {"services/notify/handle.py": "x = 1\n" * 401, "services/notify/rules/letter.py": long_function}
    assert len(too_long(plant(tmp_path, files))) == 2
    files = {"services/notify/handle.py": "x = 1\n" * 400, "services/notify/rules/letter.py": long_function[:-10]}
    assert too_long(plant(tmp_path, files)) == []


def test_a_vague_or_wordless_module_is_caught(tmp_path: Path) -> None:
    files = {"shared/runtime/utils.py": '"""Things."""\n', "shared/runtime/clock.py": "NOW = 1\n"}
    assert len(vague_names(plant(tmp_path, files))) == 2


@pytest.mark.parametrize(
    "handler", ["except:\n    raise", "except Exception:\n    pass", "except BaseException:\n    pass"]
)
def test_a_swallowed_error_is_caught(handler: str, tmp_path: Path) -> None:
    assert len(swallowed(plant(tmp_path, {"shared/runtime/clock.py": f"try:\n    x = 1\n{handler}\n"}))) == 1
