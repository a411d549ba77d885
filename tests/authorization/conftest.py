"""The line that all authorization tests share."""

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from deploy.local.keys import PRIVATE_KEY
from shared.runtime import tokens
from tests.authorization.world import World, made
from tests.pipeline.conftest import new_database


@pytest.fixture(scope="session")
def world(kafka, postgres) -> Iterator[World]:  # type: ignore[no-untyped-def]
    """Five real processes in a namespace of their own; one year released, the next one built."""
    folder = Path(tempfile.mkdtemp(prefix="schoolmark-test-"))
    namespace = f"access-{uuid.uuid4().hex[:8]}."
    with made(folder, namespace, kafka.bootstrap, new_database(postgres.url)) as found:
        yield found
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def nobody(world: World) -> str:
    """A good token of a district client that names no district."""
    key = world.line.cluster.keys / PRIVATE_KEY
    return tokens.issue(key, "district-of-nowhere", "district", None, "ms", datetime.now(UTC))[0]
