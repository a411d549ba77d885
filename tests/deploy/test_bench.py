"""The bench: its arithmetic worked by hand, and a tiny state measured whole, whose figures must agree."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from deploy.bench import plan as planned
from deploy.bench import scale, workers
from deploy.bench.figures import NotMeasured, exponent, percentile, ratio
from deploy.bench.job import Result
from deploy.bench.latency import latency
from deploy.bench.line import _phases as phases
from deploy.bench.run import run
from deploy.story import Push


def test_a_percentile_is_a_value_that_was_measured() -> None:
    hundred = [float(number) for number in range(100, 0, -1)]  # 1 to 100, in any order
    assert percentile(hundred, 0.5) == 50.0  # 50 of 100 are 50 or less
    assert percentile(hundred, 0.99) == 99.0
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0  # rank 1.5, so the second
    assert percentile([7.0], 0.99) == 7.0


def test_nothing_measured_has_no_percentile() -> None:
    with pytest.raises(NotMeasured):
        percentile([], 0.5)


def test_the_exponent_of_a_square_is_two_and_of_a_line_is_one() -> None:
    assert exponent([1, 2, 4, 8], [3, 12, 48, 192]) == pytest.approx(2.0)  # 3 n²
    assert exponent([10, 20, 40], [5, 10, 20]) == pytest.approx(1.0)
    # logarithms to base two: x 0, 1, 2; y 0, 2, 2; slope (−1)(0 − 4/3) + (1)(2 − 4/3) over 2 = 1
    assert exponent([1, 2, 4], [1, 4, 4]) == pytest.approx(1.0)


def test_one_size_has_no_exponent() -> None:
    with pytest.raises(NotMeasured):
        exponent([5, 5], [1, 2])


def test_a_ratio_is_of_the_two_figures_and_none_without_a_floor() -> None:
    assert ratio(6.0, 1.5) == 4.0
    assert ratio(6.0, 0.0) is None


def test_a_latency_is_told_in_milliseconds() -> None:
    result = Result(answered=[0.010, 0.020], visible=[0.100, 0.300], latest_start=0.002)
    found = latency(20, result)
    assert (found.visible_p50_ms, found.visible_p99_ms) == (100.0, 300.0)
    assert (found.answered_p50_ms, found.answered_p99_ms, found.late_ms) == (10.0, 20.0, 2.0)


def test_districts_go_side_by_side_and_everybody_else_after_them() -> None:
    def push(client: str, place: str) -> Push:
        return Push(client, "students", Path("sample") / place / "students.ndjson")

    given = [
        push("district-1", "districts/1/2024-25"),
        push("district-2", "districts/2/2024-25"),
        push("state", "state/2024-25"),
        push("district-2", "late/2/2024-25"),
    ]
    assert list(phases(given)) == [[[given[0]], [given[1]]], [[given[2]]], [[given[3]]]]


@pytest.mark.parametrize("text, expected", [(None, tuple("abcdefg")), ("a,f", ("a", "f")), (" c ", ("c",))])
def test_only_names_stages(text: str | None, expected: tuple[str, ...]) -> None:
    assert planned.stages(text) == expected


def test_an_unknown_stage_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no stage z; there are a, b"):
        planned.stages("a,z")


def test_the_multiples_are_of_a_sixteenth_of_the_state() -> None:
    plan = planned.Plan(Path(), Path(), districts=140, schools=900, years=2, seed=7)
    # 140 / 16 = 8.75 and 900 / 16 = 56.25, times 1, 2, 4, 8
    assert [plan.part(each) for each in plan.multiples()] == [(9, 56), (18, 112), (35, 225), (70, 450)]


@pytest.mark.slow
def test_a_tiny_state_is_measured_whole_and_its_figures_agree(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "COUNTS", (2,))  # starting one and four more would cost as much as the rest
    out, told = folder / "out.json", io.StringIO()
    plan = planned.Plan(folder, out, districts=2, schools=4, years=1, seed=7, only=tuple("abcdeg"), seconds=0.5)
    run(plan, Console(file=told))
    written = json.loads(out.read_text())
    assert written["not_measured"] == {}
    figures: dict[str, Any] = written["figures"]

    year = figures["a"]
    assert year["records"] == _records(folder, "2024-25")
    stages = year["push_seconds"], year["drain_seconds"], year["cards_seconds"]
    assert year["seconds"] == pytest.approx(sum(stages))
    parts = [year[f"floor_{name}"]["seconds"] for name in ("decode", "kafka", "copy")]
    assert year["seconds_floor"] == pytest.approx(sum(parts))
    assert year["seconds_ratio"] == pytest.approx(year["seconds"] / year["seconds_floor"])
    assert year["records_per_second"] == pytest.approx(year["records"] / year["seconds"])
    assert year["cpu_seconds"] == pytest.approx(sum(written["cpu_seconds"]["a"].values()))

    assert figures["b"]["sql_way_ratio"] == pytest.approx(figures["b"]["seconds"] / figures["b"]["sql_way_floor"])
    for rate, when in ((20, "during 2023-24"), (20, "at rest"), (200, "at rest")):
        found = figures["c"][f"{when} {rate}"]
        assert found["pushes"] > 0
        assert found["answered_p50_ms"] <= found["visible_p50_ms"] <= found["visible_p99_ms"]
    assert figures["d"]["commits_32_ratio"] == pytest.approx(
        figures["d"]["pushes"]["a_second"] / figures["d"]["floor_commits_32"]["a_second"]
    )
    assert figures["e"]["card_ratio"] == pytest.approx(
        figures["e"]["card"]["a_second"] / figures["e"]["floor"]["a_second"]
    )
    drain = figures["g"]
    assert set(drain["messages_2"]) == {"worker-0", "worker-1"}
    assert min(drain["messages_2"].values()) > 0
    assert drain["workers_2"] == pytest.approx(drain["records"] / drain["seconds_2"])
    assert drain["records"] > 0.9 * year["records"]  # and those of the other year; refused lines are on no topic
    measured = {"ingest", "scoring", "designation", "reportcard", "notify", "postgres", "kafka", "bench"}
    assert measured <= written["peak_mb"].keys()
    assert all(written["peak_mb"][name] > 0 for name in measured)
    assert not (folder / "line").exists()
    assert "from the first byte to cards" in told.getvalue()


def _records(folder: Path, school_year: str) -> int:
    """The directory's lines and the year's, counted in the files."""
    sample = next(folder.glob("sample-*"))
    files = [*sample.glob("state/*.ndjson"), *sample.glob(f"*/{school_year}/*.ndjson")]
    files += sample.glob(f"*/*/{school_year}/*.ndjson")
    return sum(len(path.read_bytes().splitlines()) for path in files)


def test_the_scale_page_tells_costs_a_million_records_and_each_workers_share() -> None:
    found = {
        "figures": {
            "a": {"records": 500_000},
            "g": {"records": 250_000, "workers_2": 50_000.0, "seconds_2": 5.0, "messages_2": {"w0": 700, "w1": 1300}},
        },
        "cpu_seconds": {
            "a": {"ingest": 10.0, "postgres": 15.0, "bench": 99.0},
            "g 2": {"w0": 2.0, "w1": 3.0, "postgres": 1.0, "ingest": 7.0},
        },
    }
    costs, shares = (table.splitlines() for table in scale.tables(found))
    # 10 s and 15 s for half a million records; the bench itself is no part of the line
    assert costs[2:] == ["| ingest | 20 s |", "| postgres | 30 s |", "| all | 50 s |"]
    # (2 + 3) s and 1 s for a quarter of a million
    assert shares[2:] == ["| 2 | 50,000 records/s | 20.0 s | 4.0 s | 700, 1,300 |"]
