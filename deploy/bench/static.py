"""The floor of a page: a bare application that sends the same bytes, on the server that every service runs on."""

import json
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from deploy.local.ports import HOST
from shared.runtime.launch import listen

Message = MutableMapping[str, Any]
_OF_THE_SERVER = ("date", "server", "connection", "transfer-encoding")


def application(folder: Path) -> Callable[..., Awaitable[None]]:
    """Answers every request with the body and the headers that a folder holds."""
    body = (folder / "body").read_bytes()
    told: list[tuple[str, str]] = json.loads((folder / "headers.json").read_text())
    headers = [(name.encode(), value.encode()) for name, value in told if name not in _OF_THE_SERVER]

    async def app(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def _live(receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
    while True:
        told = await receive()
        await send({"type": f"{told['type']}.complete"})
        if told["type"] == "lifespan.shutdown":
            return


if __name__ == "__main__":
    listen(application(Path(sys.argv[1])), HOST, int(sys.argv[2]))
