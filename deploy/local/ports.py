"""Which TCP ports of this machine are free, and what to say about one that is not."""

import errno
import socket

from deploy.local.errors import CannotStart

HOST = "127.0.0.1"


def free_port() -> int:
    """A port that nothing listens on now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int, host: str = HOST) -> bool:
    """Whether a server could listen on the port (connections still closing from an earlier run do not count)."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise
    return True


def require_free(port: int, what: str, mend: str) -> None:
    """Refuse in one sentence that names the port, the likely cause and the mend."""
    if not is_free(port):
        raise CannotStart(
            f"Port {port}, wanted for {what}, is already in use, "
            f"most likely by another Schoolmark or by a server of this machine: stop that one, or {mend}."
        )


def is_listening(port: int, host: str = HOST) -> bool:
    """Whether something accepts connections on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host, port)) == 0
