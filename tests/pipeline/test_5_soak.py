"""The soak: a larger sample while something is killed again and again; `make soak` runs it and prints its figures."""

import random
import sys
import time
from pathlib import Path

import pytest

from deploy import sample as sampling
from deploy import story
from deploy.local.processes import SERVICES
from tests.pipeline import faults
from tests.pipeline.conftest import new_database
from tests.pipeline.line import Line, started
from tests.pipeline.samples import Sample

FAULTS = ("ingest", "scoring", "designation", "reportcard", "notify", "postgres", "kafka")


@pytest.mark.soak
def test_random_faults_over_a_larger_sample_change_no_number(run_folder: Path, kafka, postgres) -> None:  # type: ignore[no-untyped-def]
    folder = run_folder / "soak-sample"
    larger = Sample(folder, sampling.write(folder, districts=8, schools=40, years=3, seed=23))
    wanted = _undisturbed(larger, run_folder, kafka.bootstrap, new_database(postgres.url))
    began, struck = time.monotonic(), dict.fromkeys(FAULTS, 0)
    with started(run_folder / "soak", "", story.districts(folder), None, None) as line:
        pushing = faults.Pushing(line, larger)
        pushing.start()
        choose = random.Random(1)  # the order of the faults; their moments are the machine's
        while pushing.is_alive():
            time.sleep(choose.uniform(1.0, 4.0))
            fault = choose.choice(FAULTS)
            _strike(line, fault)
            struck[fault] += 1
        pushing.finish()
        seconds = time.monotonic() - began
        line.wait("all stand again", lambda: all(faults.ready(line, name) for name in SERVICES))
        for school_year in larger.manifest.years:
            edition = faults.certify_with_kills(line, school_year)
            assert line.content_fingerprint(edition) == wanted[school_year]
        faults.no_id_twice(line)
        faults.no_mail_under_two_ids(line)
    sys.stdout.write(f"{pushing.records:,} records in {seconds:.0f} s under {struck}; {pushing.retries} pushes again\n")


def _undisturbed(larger: Sample, run_folder: Path, bootstrap: str, database_url: str) -> dict[str, str]:
    with started(run_folder / "calm", "calm.", story.districts(larger.folder), bootstrap, database_url) as line:
        began = time.monotonic()
        totals = line.push_sample(larger.folder, larger.manifest)
        sys.stdout.write(f"undisturbed: {totals['received']:,} records in {time.monotonic() - began:.0f} s\n")
        return {year: line.content_fingerprint(line.certify(year)) for year in larger.manifest.years}


def _strike(line: Line, fault: str) -> None:
    server = {"postgres": line.cluster.postgres, "kafka": line.cluster.kafka}.get(fault)
    if server is None:
        faults.supervisor_of(line).kill(fault)
        return
    server.kill()
    server.restart()
