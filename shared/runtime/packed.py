"""Columns whose JSON is packed here: the server packs at ten times the cost, and unpacked is eight times to write."""

import lz4.block
import sqlalchemy as sa

_PACKED = b"\x01"  # JSON never begins with it: what does not was kept before values were packed


def packed(value: bytes) -> bytes:
    """What is kept of a JSON text."""
    return _PACKED + bytes(lz4.block.compress(value))


def unpacked(kept: bytes) -> bytes:
    """The text, as it came."""
    return bytes(lz4.block.decompress(kept[1:])) if kept[:1] == _PACKED else bytes(kept)


class PackedBytes(sa.TypeDecorator[bytes]):
    """A column of JSON as bytes."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:
        """On the way in."""
        return None if value is None else packed(value)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> bytes | None:
        """On the way out."""
        return None if value is None else unpacked(value)


class PackedText(sa.TypeDecorator[str]):
    """A column of JSON as text."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> bytes | None:
        """On the way in."""
        return None if value is None else packed(value.encode())

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> str | None:
        """On the way out."""
        return None if value is None else unpacked(value).decode()
