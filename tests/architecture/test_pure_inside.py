"""Rules and decisions are pure: bound to an allow-list, no clock, no chance, no machine, and no float."""

import ast
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import REPOSITORY, imported, plant, sources

ALLOWED = {"polars", *sys.stdlib_module_names}
# Of the standard library: what reaches out of the values that a function was handed.
OUTWARD = {
    "asyncio", "builtins", "concurrent", "ftplib", "http", "importlib", "io", "locale", "logging", "mmap",
    "multiprocessing", "os", "pathlib", "pickle", "platform", "random", "secrets", "select", "shelve", "shutil",
    "signal", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib.request",
}  # fmt: skip
ASKS_THE_MACHINE = {"now", "utcnow", "today", "uuid1", "uuid4", "getenv", "random", "shuffle"}
# Where a source's own numbers come in as floats and leave as whole ones; nothing is decided with them.
FLOAT_DOORS = {
    "services/ingest/rules/shapes.py": "a JSON body's share of a day, before it is hundredths",
    "services/ingest/rules/exact.py": "a JSON number with decimal places, before it is hundredths or cents",
    "services/ingest/rules/columns.py": "a file's lowest and highest scale score, before they are whole",
}
BUILT_IN_DOORS = {"open", "print", "input", "eval", "exec", "__import__"}


def impure_imports(root: Path) -> list[str]:
    """Imports in rules beyond the allow-list, and outward modules in rules and decisions."""
    found = []
    for source in sources(root):
        if not source.is_decision:
            continue
        own = f"services.{source.service}.rules"
        for line, name in imported(source):
            top = name.split(".")[0]
            inside = f"{name}.".startswith((f"{own}.", "shared.vocabulary."))
            outward = any(f"{name}.".startswith(f"{module}.") for module in OUTWARD)
            if outward or (source.is_rule and top not in ALLOWED and not inside):
                found.append(f"{source.path}:{line}: imports {name}")
    return found


def impure_calls(root: Path) -> list[str]:
    """Calls in rules and decisions that ask the clock, chance, the machine or a person."""
    found = []
    for source in sources(root):
        if not source.is_decision:
            continue
        for node in ast.walk(source.syntax):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            listed = ASKS_THE_MACHINE if isinstance(node.func, ast.Attribute) else ASKS_THE_MACHINE | BUILT_IN_DOORS
            if name in listed:
                found.append(f"{source.path}:{node.lineno}: calls {name}")
    return found


def floats(root: Path) -> list[str]:
    """Floats in rules and decisions: literals, the type, conversions to it, and polars' float types."""
    found = []
    for source in sources(root):
        if not source.is_decision:
            continue
        for node in ast.walk(source.syntax):
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            named = isinstance(node, ast.Name) and node.id == "float"
            typed = isinstance(node, ast.Attribute) and node.attr in ("Float32", "Float64")
            if literal or named or typed:
                found.append(f"{source.path}:{getattr(node, 'lineno', 0)}: a float")
    return found


def test_rules_and_decisions_import_only_what_they_may() -> None:
    assert impure_imports(REPOSITORY) == []


def test_rules_and_decisions_ask_no_clock_no_chance_and_no_machine() -> None:
    assert impure_calls(REPOSITORY) == []


def test_rules_and_decisions_hold_no_float() -> None:
    found = floats(REPOSITORY)
    assert [place for place in found if place.split(":")[0] not in FLOAT_DOORS] == []
    assert {place.split(":")[0] for place in found} == set(FLOAT_DOORS)  # an exception that is no longer needed goes


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("services/notify/rules/letter.py", "import numpy"),
        ("services/notify/rules/letter.py", "from services.notify.store import notices"),
        ("services/notify/rules/letter.py", "from services.scoring.rules import growth"),
        ("services/notify/rules/letter.py", "from shared.events.topic import Topic"),
        ("services/notify/rules/letter.py", "import os"),
        ("services/notify/handle.py", "import time"),
        ("services/notify/handle.py", "from random import choice"),
    ],
)
def test_an_import_beyond_the_list_is_caught(path: str, text: str, tmp_path: Path) -> None:
    assert len(impure_imports(plant(tmp_path, {path: text}))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime\nAT = datetime.now()",
        "from datetime import date\nON = date.today()",
        "from uuid import uuid4\nID = uuid4()",
        "TEXT = open('chapter.yaml')",
        "print('a school')",
    ],
)
def test_a_call_out_of_a_decision_is_caught(text: str, tmp_path: Path) -> None:
    assert len(impure_calls(plant(tmp_path, {"services/notify/handle.py": text}))) == 1


@pytest.mark.parametrize("text", ["SHARE = 0.05", "SHARE = float('1')", "import polars as pl\nKIND = pl.Float64"])
def test_a_float_is_caught(text: str, tmp_path: Path) -> None:
    assert len(floats(plant(tmp_path, {"services/scoring/rules/points.py": text}))) == 1


def test_what_is_allowed_passes(tmp_path: Path) -> None:
    allowed = (
        "from fractions import Fraction\nimport polars as pl\nfrom shared.vocabulary.measures import measure\n"
        "from services.notify.rules import deadlines\nTHIRD = Fraction(1, 3)\n"
    )
    root = plant(tmp_path, {"services/notify/rules/letter.py": allowed, "services/notify/api.py": "import os"})
    assert impure_imports(root) + impure_calls(root) + floats(root) == []
