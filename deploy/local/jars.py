"""The jars of the Kafka broker: fetched once from the Maven repository through jgo, checked at each start."""

import hashlib
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import jgo
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext, PythonResolver
from platformdirs import user_cache_path

from deploy.local.errors import CannotStart

LOCK = Path(__file__).with_name("kafka.jars")
Progress = Callable[[str], None]


def classpath(progress: Progress = lambda _: None) -> list[Path]:
    """Paths of all jars named in kafka.jars, each with the content that kafka.jars names."""
    cache = user_cache_path("schoolmark") / "jars"
    cache.mkdir(parents=True, exist_ok=True)
    wanted = [line.split() for line in LOCK.read_text().splitlines() if not line.startswith("#")]
    paths = []
    for number, (coordinate, sha256) in enumerate(wanted, start=1):
        _, artifact, version = coordinate.split(":")
        path = cache / f"{artifact}-{version}.jar"
        if not (path.exists() and _sha256(path) == sha256):  # missing, or left half-written by an earlier run
            progress(f"fetching Kafka, part {number} of {len(wanted)}: {artifact} {version}")
            _fetch(coordinate, sha256, path)
        paths.append(path)
    return paths


def repositories(settings: Path | None = None) -> dict[str, str]:
    """Where Maven artifacts come from here: the mirror of ~/.m2/settings.xml or Central, then jgo's settings."""
    settings = settings or Path.home() / ".m2" / "settings.xml"
    found = {"central": _central_mirror(settings) or MAVEN_CENTRAL_URL}
    return found | dict(GlobalSettings.load().repositories)


def _central_mirror(settings: Path) -> str | None:
    """jgo resolves in Python and does not read Maven's settings, so its mirror of Central is read here."""
    if not settings.exists():
        return None
    for mirror in ElementTree.parse(settings).getroot().iterfind(".//{*}mirror"):
        scopes = {scope.strip() for scope in mirror.findtext("{*}mirrorOf", "").split(",")}
        url = mirror.findtext("{*}url", "").strip()
        if url.startswith("http") and scopes & {"*", "central", "external:*"} and "!central" not in scopes:
            return url.rstrip("/")
    return None


def _fetch(coordinate: str, sha256: str, path: Path) -> None:
    group, artifact, version = coordinate.split(":")
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:  # so that two starts at once do not meet
        context = MavenContext(repo_cache=Path(scratch), remote_repos=repositories(), resolver=PythonResolver())
        try:
            fetched = context.project(group, artifact).at_version(version).artifact().resolve()
        except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; jgo's are RuntimeErrors
            raise CannotStart(
                f"Kafka's jar {coordinate} could not be fetched from the Maven repository "
                f"({', '.join(repositories().values())}): {error}. "
                "Check the network or the mirror in ~/.m2/settings.xml and start again (what came is kept), "
                "or set SCHOOLMARK_KAFKA=host:port to use a Kafka that runs already."
            ) from error
        actual = _sha256(Path(fetched))
        if actual != sha256:
            raise CannotStart(
                f"Kafka's jar {coordinate} came with sha256 {actual}, but kafka.jars names {sha256}: "
                "the Maven repository of this machine serves another file; ask its keeper, and do not run it."
            )
        Path(fetched).replace(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _renewed_lock(version: str) -> str:
    """kafka.jars for another Kafka version, as resolved today."""
    head = LOCK.read_text().splitlines()[0]
    lines = []
    for artifact in jgo.resolve(f"org.apache.kafka:kafka_2.13:{version}+org.slf4j:slf4j-simple:1.7.36"):
        coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
        lines.append(f"{coordinate} {_sha256(Path(artifact.resolve()))}")
    return "\n".join([head, *sorted(lines), ""])


if __name__ == "__main__":
    LOCK.write_text(_renewed_lock(sys.argv[1]))
