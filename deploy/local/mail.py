"""A mail catcher: takes every mail by SMTP and keeps it as an .eml file; nothing is ever sent on."""

import argparse
import asyncio
import time
import uuid
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local import ports


class Keeper:
    """Keeps each mail under a name that sorts by time of arrival; it is acknowledged when it is whole on disk."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd)
        """Called by aiosmtpd for each mail."""
        head = "".join(f"X-Schoolmark-To: {address}\r\n" for address in envelope.rcpt_tos)
        content = envelope.content
        body = content.encode() if isinstance(content, str) else content or b""
        name = f"{time.time_ns()}-{uuid.uuid4().hex[:8]}"
        unfinished = self._folder / f"{name}.unfinished"
        unfinished.write_bytes(head.encode() + body)
        unfinished.rename(self._folder / f"{name}.eml")
        return "250 kept"


def mails(folder: Path) -> list[Path]:
    """The mails kept so far, in order of arrival."""
    return sorted(folder.glob("*.eml"))


async def serve(folder: Path, port: int, host: str = ports.HOST) -> None:
    """Catch mails until cancelled."""
    keeper = Keeper(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, enable_SMTPUTF8=True, loop=loop), host, port)
    async with server:
        await server.serve_forever()


def main() -> None:
    """`python -m deploy.local.mail --port PORT --folder FOLDER`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default=ports.HOST)
    given = parser.parse_args()
    asyncio.run(serve(given.folder, given.port, given.host))


if __name__ == "__main__":
    main()
