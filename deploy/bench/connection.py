"""One HTTP/1.1 connection of the load generator: hand-made, since a general client costs more than the server."""

import asyncio
from collections.abc import Callable
from typing import cast

Done = Callable[[int, bytes], None]


class Connection(asyncio.Protocol):
    """One connection that stays open: one request at a time, its answer to whoever sent it."""

    def __init__(self, lost: Callable[[], None]) -> None:
        self._lost = lost
        self._got = bytearray()
        self._done: Done | None = None
        self.is_lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is none by name

    def send(self, wire: bytes, done: Done) -> None:
        """Sends; `done` gets status and body."""
        self._done = done
        self._transport.write(wire)

    def data_received(self, data: bytes) -> None:
        self._got += data
        head = self._got.find(b"\r\n\r\n")
        if head < 0:
            return
        names = bytes(self._got[:head]).lower()
        at = names.find(b"\r\ncontent-length:")
        size = int(names[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(self._got) < head + 4 + size:
            return
        body = bytes(self._got[head + 4 : head + 4 + size])
        del self._got[: head + 4 + size]
        done, self._done = self._done, None
        if done is not None:
            done(int(names[9:12]), body)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        if self._done is not None:
            self._done = None
            self._lost()
