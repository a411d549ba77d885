"""Packed columns: what is read is what was written, and what was kept before values were packed is read as it is."""

import pytest

from shared.runtime.packed import PackedText, packed, unpacked
from shared.vocabulary.identity import Fingerprint, fingerprint


@pytest.mark.parametrize("value", [b"", b"{}", b'{"name":"\xc3\x89cole"}', b'{"a":1}' * 5000])
def test_what_is_packed_is_read_as_it_was(value: bytes) -> None:
    assert unpacked(packed(value)) == value


def test_what_was_kept_before_is_read_as_it_is() -> None:
    assert unpacked(b'{"kept":"before"}') == b'{"kept":"before"}'


def test_texts_keep_every_letter() -> None:
    column = PackedText()
    kept = column.process_bind_param("École \u2028 学校", None)  # type: ignore[arg-type]
    assert column.process_result_value(kept, None) == "École \u2028 学校"  # type: ignore[arg-type]


def test_a_fingerprint_grows_to_what_it_is_over_all_parts() -> None:
    grown = Fingerprint([b"one"])
    grown.add(b"two")
    assert grown.hexdigest() == fingerprint([b"one", b"two"])
    assert grown.hexdigest() != fingerprint([b"onetwo"])  # the boundaries count
