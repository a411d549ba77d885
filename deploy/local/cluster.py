"""The whole of Schoolmark on this machine: broker, database, mail catcher and the five services, as one thing."""

import fcntl
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Self

from sqlalchemy.engine import make_url

from deploy import topics
from deploy.local import child, kafka, keys, mail, ports, postgres
from deploy.local.errors import CannotStart
from deploy.local.processes import KAFKA_PORT, POSTGRES_PORT, SERVICES, SMTP_PORT
from deploy.local.supervisor import Process, Supervisor

Progress = Callable[[str], None]
ROOT = Path(__file__).parents[2]
FIRST_RUN_MB = 2048
LATER_RUN_MB = 512
FULL_MB = 32
WORKERS = "SCHOOLMARK_SCORING_WORKERS"


@dataclass(frozen=True)
class Settings:
    """What a local run can be told; a port of 0 picks a free one."""

    state: str
    districts: tuple[str, ...] = ()
    kafka: str | None = None  # host:port of a broker that runs already
    database_url: str | None = None  # a database that runs already
    ports: Mapping[str, int] = field(default_factory=dict)  # by name, where they differ from the defaults
    environment: Mapping[str, str] = field(default_factory=dict)  # more variables for every service and the topics
    scoring_workers: int = 1

    @classmethod
    def from_environment(
        cls, state: str, districts: Iterable[str] = (), env: Mapping[str, str] = os.environ
    ) -> "Settings":
        """SCHOOLMARK_KAFKA, SCHOOLMARK_DATABASE_URL, SCHOOLMARK_SCORING_WORKERS, SCHOOLMARK_<NAME>_PORT for each name
        of `PORTS`, and what `topics.variables` names.
        """
        given = {name: env[_port_variable(name)] for name in PORTS if env.get(_port_variable(name))}
        for name, text in given.items():
            if not text.isdecimal() or int(text) > 65535:
                raise CannotStart(f"{_port_variable(name)} is {text!r}; set it to a port number.")
        workers = env.get(WORKERS) or "1"
        if not workers.isdecimal() or int(workers) == 0:
            raise CannotStart(f"{WORKERS} is {workers!r}; set it to one or more.")
        return cls(
            state=state,
            districts=tuple(districts),
            kafka=env.get("SCHOOLMARK_KAFKA") or None,
            database_url=env.get("SCHOOLMARK_DATABASE_URL") or None,
            ports={name: int(text) for name, text in given.items()},
            environment={name: env[name] for name in topics.variables() if env.get(name)},
            scoring_workers=int(workers),
        )


PORTS = {"kafka": KAFKA_PORT, "postgres": POSTGRES_PORT, "mail": SMTP_PORT} | {
    name: service.port for name, service in SERVICES.items()
}


class Cluster:
    """`with Cluster(folder, settings) as cluster:` gives all five services ready, and ends everything after.

    A broker or database that the settings name is used and left running.
    """

    def __init__(self, folder: Path, settings: Settings, progress: Progress = lambda _: None) -> None:
        self.folder = folder.resolve()
        self.settings = settings
        self.progress = progress
        self.secrets: dict[str, str] = {}
        self.kafka: kafka.Server | None = None
        self.postgres: postgres.Server | None = None
        self.supervisor: Supervisor | None = None
        self.ports: dict[str, int] = {}
        self._lock_file: IO[str] | None = None

    @property
    def bootstrap(self) -> str:
        """host:port of the broker."""
        return self.settings.kafka or f"{ports.HOST}:{self.ports['kafka']}"

    @property
    def database_url(self) -> str:
        """SQLAlchemy address of the database."""
        if self.settings.database_url:
            return self.settings.database_url
        return postgres.address(self.ports["postgres"])

    @property
    def keys(self) -> Path:
        """Folder of token keys, clients.yaml and secrets.json."""
        return self.folder / "keys"

    @property
    def mails(self) -> list[Path]:
        """Mails caught so far, in order of arrival."""
        return mail.mails(self.folder / "mail")

    def url(self, service: str) -> str:
        """HTTP address of a service."""
        return f"http://{ports.HOST}:{self.ports[service]}"

    def start(self) -> None:
        """Check everything that can be refused first; then start servers, topics and services, and wait."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._take_lock()
        try:
            self._topics = topics.Wanted.from_environment(self.settings.environment)
            self._end_leftovers()
            require_space(self.folder)
            self._choose_ports()
            self.secrets = keys.make_clients(self.keys, self.settings.districts)
            self._start_servers()
            self._start_services()
        except BaseException:  # raised again: Ctrl-C too must leave nothing running
            self.stop()
            raise

    def stop(self) -> None:
        """End services, then servers, then give the folder free."""
        if self.supervisor is not None:
            self.progress("stopping the services")
            self.supervisor.stop_all()
        for server in (self.kafka, self.postgres):
            if server is not None:
                server.stop()
        if self.supervisor is not None:
            self.progress("everything is stopped")
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def wait(self, seconds: float | None = None) -> None:
        """Stay until Ctrl-C or SIGTERM (or for some seconds), and start a broker or database that died again."""
        stopped = threading.Event()

        def stop(_: int, __: FrameType | None) -> None:
            stopped.set()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            passed = 0.0
            while not stopped.wait(0.5) and (seconds is None or passed < seconds):
                passed += 0.5
                self.tend_servers()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def tend_servers(self) -> None:
        """Start the broker or database again if it died."""
        for name, server in (("Kafka", self.kafka), ("PostgreSQL", self.postgres)):
            if server is not None and not server.is_running():
                self.progress(f"{name} ended; starting it again")
                server.restart()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _take_lock(self) -> None:
        """The kernel gives the lock free when its holder ends, however it ends, so there is no stale lock."""
        file = (self.folder / "running.lock").open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise CannotStart(
                f"Schoolmark already runs on {self.folder} (process {holder}): "
                "use that one, stop it with Ctrl-C, or choose another folder."
            ) from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._lock_file = file

    def _end_leftovers(self) -> None:
        """What a killed run left (only where the kernel could not end it, or has not yet)."""
        for pid_file in (self.folder / "logs").glob("*.pid"):
            child.end_leftover(pid_file.with_suffix(".log"))
        child.end_leftover(self.folder / "kafka" / kafka.LOG)
        child.end_leftover(self.folder / "postgres" / postgres.LOG, first=signal.SIGINT)

    def _choose_ports(self) -> None:
        """Every port is looked at before anything starts."""
        external = {"kafka": self.settings.kafka, "postgres": self.settings.database_url}
        for name, default in PORTS.items():
            if external.get(name):
                continue
            port = self.settings.ports.get(name, default)
            self.ports[name] = port or ports.free_port()
            mend = f"choose another with {_port_variable(name)}"
            ports.require_free(self.ports[name], TITLES.get(name, f"the service {name}"), mend)
        self.ports |= {name: ports.free_port() for name in self._further_workers()}

    def _start_servers(self) -> None:
        if self.settings.database_url:
            url = make_url(self.settings.database_url)
            _require_listening("SCHOOLMARK_DATABASE_URL", url.host or ports.HOST, url.port or 5432)
        else:
            self.progress("starting PostgreSQL")
            self.postgres = postgres.start(self.folder / "postgres", self.ports["postgres"], self.progress)
        if self.settings.kafka:
            host, _, port = self.settings.kafka.split(",")[0].rpartition(":")
            _require_listening("SCHOOLMARK_KAFKA", host, int(port))
        else:
            self.progress("starting Kafka")
            self.kafka = kafka.start(self.folder / "kafka", self.ports["kafka"], self.progress)
        topics.ensure(self.bootstrap, self.settings.environment.get("SCHOOLMARK_NAMESPACE", ""), self._topics)

    def _further_workers(self) -> list[str]:
        return [f"scoring-{number}" for number in range(1, self.settings.scoring_workers)]

    def _start_services(self) -> None:
        self.progress("starting the services")
        services = [self.service_process(name, name, self.ports[name]) for name in SERVICES]
        services += [self.service_process("scoring", name, self.ports[name]) for name in self._further_workers()]
        processes = [self._mail_process(), *services]
        self.supervisor = Supervisor(processes, self.progress, ROOT)
        self.supervisor.start()
        self.supervisor.wait_ready({each.name: f"{self.url(each.name)}/readyz" for each in services})

    def service_process(self, service_name: str, name: str, port: int, env: Mapping[str, str] | None = None) -> Process:
        """A process of a service under a name of its own, which is also its instance but for the first of a service;
        `env` differs from what the line's own have.
        """
        service = SERVICES[service_name]
        own = service.filled(
            kafka=self.bootstrap,
            database_url=self.database_url,
            state=self.settings.state,
            partitions=self.settings.environment.get("SCHOOLMARK_PARTITIONS", ""),
            host=ports.HOST,
            port=port,
            keys=str(self.keys),
            public_key=str(self.keys / keys.PUBLIC_KEY),
            smtp=f"{ports.HOST}:{self.ports['mail']}",
        )
        if name != service_name:
            own["SCHOOLMARK_INSTANCE"] = name
        whole = _outside() | own | dict(self.settings.environment) | dict(env or {})
        return Process(name, [sys.executable, "-m", service.module], whole, self._log(name))

    def _mail_process(self) -> Process:
        folder, port = self.folder / "mail", self.ports["mail"]
        command = [sys.executable, "-m", "deploy.local.mail", "--port", str(port), "--folder", str(folder)]
        return Process("mail", command, _outside(), self._log("mail"))

    def _log(self, name: str) -> Path:
        return self.folder / "logs" / f"{name}.log"


def require_space(folder: Path) -> None:
    """Refuse before anything is written. Raises CannotStart with the amounts."""
    folder.mkdir(parents=True, exist_ok=True)
    needed_mb = LATER_RUN_MB if (folder / "postgres").exists() else FIRST_RUN_MB
    free_mb = shutil.disk_usage(folder).free // 2**20
    if free_mb < needed_mb:
        raise CannotStart(
            f"The disk of {folder} has {free_mb} MB free and {needed_mb} MB are needed: "
            "free some, or choose a folder on another disk."
        )


@contextmanager
def telling_a_full_disk(folder: Path) -> Iterator[None]:
    """What fails on a disk that has run full is told as that: no server's own words name the cause so plainly."""
    try:
        yield
    except Exception as error:
        if shutil.disk_usage(folder).free // 2**20 < FULL_MB:
            raise CannotStart(
                f"The disk of {folder} is full: free at least {LATER_RUN_MB} MB; "
                "the same command then goes on from here, nothing that was answered is lost."
            ) from error
        raise


TITLES = {"kafka": "Kafka", "postgres": "PostgreSQL", "mail": "the mail catcher"}


def _port_variable(name: str) -> str:
    return f"SCHOOLMARK_{name.upper()}_PORT"


def _outside() -> dict[str, str]:
    """The machine's environment without settings meant for this process, so that none leaks into a service."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SCHOOLMARK_")}
    return kept | {"PYTHONUNBUFFERED": "1"}


def _require_listening(variable: str, host: str, port: int) -> None:
    if not ports.is_listening(port, host):
        raise CannotStart(
            f"{variable} names {host}:{port}, but nothing answers there: "
            "start that server, or unset the variable to have one started here."
        )
