"""A token that was verified once is good until its end, its key's end, and nowhere else."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.local.keys import PRIVATE_KEY, PUBLIC_KEY, make_clients
from shared.runtime import tokens


@pytest.fixture
def keys(folder: Path) -> Path:
    make_clients(folder, ())
    return folder


def issued(keys: Path, now: datetime) -> str:
    return tokens.issue(keys / PRIVATE_KEY, "north", "district", "1001", "ms", now)[0]


def test_a_token_that_was_good_is_refused_at_its_end(keys: Path) -> None:
    ends_soon = issued(keys, datetime.now(UTC) - tokens.LIFETIME + timedelta(seconds=2))
    claims = tokens.verify(keys / PUBLIC_KEY, ends_soon, "ms")
    assert claims["district"] == "1001"
    time.sleep(max(0.0, int(claims["exp"]) - time.time()))
    with pytest.raises(tokens.BadToken, match="ExpiredSignatureError"):
        tokens.verify(keys / PUBLIC_KEY, ends_soon, "ms")


def test_a_token_that_was_good_is_refused_once_its_key_was_replaced(keys: Path, tmp_path: Path) -> None:
    token = issued(keys, datetime.now(UTC))
    tokens.verify(keys / PUBLIC_KEY, token, "ms")
    make_clients(tmp_path / "other", ())
    (tmp_path / "other" / PUBLIC_KEY).replace(keys / PUBLIC_KEY)
    with pytest.raises(tokens.BadToken, match="InvalidSignatureError"):
        tokens.verify(keys / PUBLIC_KEY, token, "ms")


def test_a_token_that_was_good_is_refused_in_another_state(keys: Path) -> None:
    token = issued(keys, datetime.now(UTC))
    tokens.verify(keys / PUBLIC_KEY, token, "ms")
    with pytest.raises(tokens.BadToken, match="another state"):
        tokens.verify(keys / PUBLIC_KEY, token, "trial")
