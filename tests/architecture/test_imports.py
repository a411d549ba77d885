"""Who may import whom: the contracts of pyproject.toml hold, and each one catches what it forbids."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.sources import REPOSITORY, SERVICES, plant

# For each contract a file that breaks it and nothing else.
BROKEN = {
    "Services meet only in topics": ("services/notify/rules/letter.py", "import services.scoring.rules"),
    "Every service has the same floors": ("services/notify/rules/letter.py", "import services.notify.handle"),
    "A rule knows only words": ("services/notify/rules/letter.py", "import shared.events.topic"),
    "A decision does no I/O": ("services/notify/policy.py", "import shared.runtime.clock"),
    "shared has four rooms and no fifth": ("shared/helpers/__init__.py", ""),
    "shared knows no service": ("shared/vocabulary/words.py", "import services.notify.rules"),
    "The shell knows no law and no topic by name": ("shared/runtime/clock.py", "import shared.policy.reader"),
    "Only the command line starts servers": ("services/notify/timer.py", "import deploy"),
}


def lint(root: Path, config: Path) -> tuple[int, str]:
    """import-linter's exit code and report for the tree at `root`."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--config", str(config)]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout + done.stderr


def skeleton(root: Path) -> Path:
    """A tree in which every contract holds."""
    files = {"deploy/__init__.py": "", "services/__init__.py": "", "shared/__init__.py": ""}
    for room in ("runtime", "events", "policy", "vocabulary"):
        files[f"shared/{room}/__init__.py"] = ""
    files |= {"shared/events/topic.py": "", "shared/policy/reader.py": "", "shared/runtime/clock.py": ""}
    files["shared/vocabulary/words.py"] = ""
    for service in SERVICES:
        for module in ("__init__", "handle", "policy", "store", "timer", "rules/__init__", "rules/letter"):
            files[f"services/{service}/{module}.py"] = ""
    return plant(root, files)


def test_the_import_contracts_hold() -> None:
    code, report = lint(REPOSITORY, REPOSITORY / "pyproject.toml")
    assert code == 0, report


def test_every_contract_has_a_twin_that_breaks_it() -> None:
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    assert [contract["name"] for contract in settings["contracts"]] == list(BROKEN)
    layered = [contract for contract in settings["contracts"] if contract["type"] == "layers"]
    assert all(contract["exhaustive"] for contract in layered)


def test_an_empty_house_keeps_every_contract(tmp_path: Path) -> None:
    code, report = lint(skeleton(tmp_path), REPOSITORY / "pyproject.toml")
    assert (code, report.count("KEPT")) == (0, len(BROKEN)), report


@pytest.mark.parametrize("contract", BROKEN)
def test_a_contract_catches_what_it_forbids(contract: str, tmp_path: Path) -> None:
    path, text = BROKEN[contract]
    root = plant(skeleton(tmp_path), {path: text})
    code, report = lint(root, REPOSITORY / "pyproject.toml")
    assert code == 1
    assert f"{contract} BROKEN" in report
