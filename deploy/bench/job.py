"""What the load generator is told and what it tells, as its two processes hand it to each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Job:
    """What to send, over how many connections, for how long.

    `rate`: so many a second by the clock, however slow the answers (an open loop, the requests again and again);
    without it each connection sends its next request when the last is answered. `again`: requests may be repeated.
    `outcome`: what every answer's body must tell. `schools`: of each request, the school whose score it changes.
    """

    url: str
    requests: Sequence[bytes]
    connections: int
    seconds: float
    status: frozenset[int]
    rate: float | None = None
    again: bool = False
    outcome: str | None = None
    schools: Sequence[str] = ()
    database: str = ""
    school_year: str = ""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        return str(parts.hostname), int(parts.port or 80)


@dataclass
class Result:
    """What came of it. Times in seconds; `answered` and `visible` from the moment a request was due to be sent."""

    seconds: float = 0.0
    due: int = 0
    answered: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    first_wrong: str = ""
    latest_start: float = 0.0  # how late the generator itself was, at worst
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0


def request(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request as it goes over the wire, for a connection that stays open."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", *(f"{name}: {value}" for name, value in headers.items())]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body
