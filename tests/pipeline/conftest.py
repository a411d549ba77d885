"""A small sample, and one undisturbed line over it that the pipeline tests compare with."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from deploy import sample as sampling
from deploy import story
from tests.pipeline.line import Line, started
from tests.pipeline.samples import Sample


@dataclass(frozen=True)
class Reference:
    """The undisturbed line and its editions by school year."""

    line: Line
    editions: dict[str, str]
    totals: dict[str, int]


@pytest.fixture(scope="session")
def sample() -> Iterator[Sample]:
    """Three districts, ten schools, two scored years and the one before."""
    folder = Path(tempfile.mkdtemp(prefix="schoolmark-test-"))
    manifest = sampling.write(folder / "sample", districts=3, schools=10, years=2, seed=11)
    yield Sample(folder / "sample", manifest)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """A folder for the files of lines; outside pytest's own, since the database may run as another user."""
    folder = Path(tempfile.mkdtemp(prefix="schoolmark-test-"))
    yield folder
    shutil.rmtree(folder)


def new_database(server_url: str) -> str:
    """A fresh database on a server."""
    parsed, name = make_url(server_url), f"line_{uuid.uuid4().hex[:12]}"
    admin = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
    return parsed.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def reference(sample: Sample, run_folder: Path, kafka, postgres) -> Iterator[Reference]:  # type: ignore[no-untyped-def]
    """The sample pushed in order and every year certified, with nothing going wrong."""
    url = new_database(postgres.url)
    with started(run_folder / "reference", "ref.", story.districts(sample.folder), kafka.bootstrap, url) as line:
        totals = line.push_sample(sample.folder, sample.manifest)
        editions = {year: line.certify(year) for year in sample.manifest.years}
        yield Reference(line, editions, totals)
