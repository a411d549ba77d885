"""Faults: every service killed in mid-load, database and broker restarted; the numbers are the undisturbed ones.

Each kill prints what was still to do at that moment, and fails when there was nothing: a kill at rest proves nothing.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import story
from tests.pipeline import faults
from tests.pipeline.conftest import Reference
from tests.pipeline.line import Line, started
from tests.pipeline.samples import Sample


@pytest.fixture(scope="module")
def line(sample: Sample, run_folder: Path) -> Iterator[Line]:
    """A line with a broker and a database of its own, which may be killed."""
    with started(run_folder / "faults", "", story.districts(sample.folder), None, None) as running:
        yield running


def test_a_line_that_is_killed_everywhere_comes_to_the_undisturbed_numbers(
    sample: Sample, line: Line, reference: Reference, run_folder: Path
) -> None:
    assert line.cluster.postgres is not None
    assert line.cluster.kafka is not None
    pushing = faults.Pushing(line, sample)
    with line.second_scoring_worker(run_folder) as second:
        pushing.start()
        workers = (line.cluster.url("scoring"), f"http://127.0.0.1:{second.processes[0].env['SCHOOLMARK_PORT']}")
        line.wait("both scoring workers handle batches", lambda: all(faults.applied(line.metrics(w)) for w in workers))
        faults.kill_while_pushing(line, pushing, "ingest")
        faults.kill_with_backlog(line, "scoring")
        pushing.wait_for_more()
        line.cluster.postgres.kill()
        line.cluster.postgres.restart()
        pushing.wait_for_more()
        line.cluster.kafka.kill()
        line.cluster.kafka.restart()
        pushing.finish()
        line.wait("scoring has caught up", lambda: line.backlog("scoring") == 0, seconds=120)
    for school_year in sample.manifest.years:
        edition = faults.certify_with_kills(line, school_year)
        assert line.content_fingerprint(edition) == reference.line.content_fingerprint(reference.editions[school_year])
    faults.no_id_twice(line)
    faults.no_mail_under_two_ids(line)
