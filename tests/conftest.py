"""The real broker and the real database that tests share: started when first asked for, stopped at the end."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from sqlalchemy.engine import make_url

from deploy.local import kafka as local_kafka
from deploy.local import postgres as local_postgres

LONGEST = ("pipeline", "deploy", "authorization")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, so that no worker of `make test` waits for the other at the end."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(Path(__file__).parent).parts[0]
        return LONGEST.index(folder) if folder in LONGEST else len(LONGEST)

    items.sort(key=place)


class Broker(Protocol):
    """What a test may ask of the broker, whoever started it."""

    @property
    def bootstrap(self) -> str: ...


class Database(Protocol):
    """What a test may ask of the database server, whoever started it."""

    @property
    def url(self) -> str: ...


class GivenBroker:
    """The broker that SCHOOLMARK_KAFKA names."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap


class GivenDatabase:
    """The database that SCHOOLMARK_DATABASE_URL names."""

    def __init__(self, url: str) -> None:
        self.url = url


def _new_folder() -> Path:
    # not pytest's tmp_path: pytest keeps others from passing it, and as root the database runs as `nobody`
    return Path(tempfile.mkdtemp(prefix="schoolmark-test-"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder for one test, in which a local database server can run too."""
    made = _new_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def kafka() -> Iterator[Broker]:
    """One broker for all tests; a test makes topics of its own, and never stops this broker."""
    given = os.environ.get("SCHOOLMARK_KAFKA")
    if given:
        yield GivenBroker(given)
        return
    made = _new_folder()
    with local_kafka.start(made) as server:
        yield server
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Database]:
    """One database server for all tests; a test gets its own database through `database_url`."""
    given = os.environ.get("SCHOOLMARK_DATABASE_URL")
    if given:
        yield GivenDatabase(given)
        return
    made = _new_folder()
    with local_postgres.start(made) as server:
        yield server
    shutil.rmtree(made)


@pytest.fixture
def database_url(postgres: Database) -> Iterator[str]:
    """SQLAlchemy address of a database that is empty and this test's alone."""
    server = make_url(postgres.url)
    name = f"test_{uuid.uuid4().hex}"
    admin = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"create database {name} template template0")  # type: ignore[arg-type]
    yield server.set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")  # type: ignore[arg-type]
