"""Settings of one process, from its environment. Nothing else is read from the machine."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from shared.events.topic import Topic


class SettingsError(ValueError):
    """A setting that is missing or wrong; the message names it and the mend."""


@dataclass(frozen=True)
class Settings:
    """What a service process needs to know.

    `namespace` prefixes topic names and consumer groups, so that several lines share a broker.
    `mail_enabled` is off in a replay. `spool` is the folder where uploads wait on disk, `largest_upload` in bytes.
    `partitions`: how many each topic has whose number is a setting; None: as many as the catalog says.
    """

    service: str
    kafka: str
    database_url: str
    state: str
    instance: str
    host: str = "127.0.0.1"
    port: int = 8400
    namespace: str = ""
    token_public_key: Path | None = None
    token_private_key: Path | None = None
    clients_path: Path | None = None
    smtp: str | None = None
    mail_from: str = "accountability@state.example"
    state_office: str = "accountability-office@state.example"
    mail_enabled: bool = True
    spool: Path = Path(tempfile.gettempdir()) / f"schoolmark-spool-{os.getuid()}"
    largest_upload: int = 8 * 1024**3
    partitions: int | None = None

    @classmethod
    def from_environment(cls, service: str, env: Mapping[str, str] = os.environ) -> "Settings":
        """Reads SCHOOLMARK_* variables. Raises SettingsError naming the first that is missing."""
        return cls(
            service=service,
            kafka=_required(env, "KAFKA", "host:port of the broker"),
            database_url=_required(env, "DATABASE_URL", "postgresql+psycopg://user@host:port/database"),
            state=_required(env, "STATE", "the state whose chapters apply, such as ms"),
            instance=env.get("SCHOOLMARK_INSTANCE", f"{service}-0"),
            host=env.get("SCHOOLMARK_HOST", "127.0.0.1"),
            port=_number("PORT", env.get("SCHOOLMARK_PORT", "8400")),
            namespace=env.get("SCHOOLMARK_NAMESPACE", ""),
            token_public_key=_path(env, "TOKEN_PUBLIC_KEY"),
            token_private_key=_path(env, "TOKEN_PRIVATE_KEY"),
            clients_path=_path(env, "CLIENTS"),
            smtp=env.get("SCHOOLMARK_SMTP"),
            mail_from=env.get("SCHOOLMARK_MAIL_FROM", cls.mail_from),
            state_office=env.get("SCHOOLMARK_STATE_OFFICE", cls.state_office),
            spool=_path(env, "SPOOL") or cls.spool,
            largest_upload=_number("LARGEST_UPLOAD", env.get("SCHOOLMARK_LARGEST_UPLOAD", str(cls.largest_upload))),
            partitions=partitions_in(env),
        )

    def topic(self, name: str) -> str:
        """The name a topic has on the broker."""
        return self.namespace + name

    def partitions_of(self, topic: Topic) -> int:
        """How many partitions a topic has on the broker."""
        return topic.partitions_under(self.partitions)


def partitions_in(env: Mapping[str, str]) -> int | None:
    """SCHOOLMARK_PARTITIONS, if it is set. Raises SettingsError when it is no number of one or more."""
    text = env.get("SCHOOLMARK_PARTITIONS")
    if not text:
        return None
    if (count := _number("PARTITIONS", text)) == 0:
        raise SettingsError("SCHOOLMARK_PARTITIONS is '0'; set it to one or more")
    return count


def _required(env: Mapping[str, str], name: str, meaning: str) -> str:
    value = env.get(f"SCHOOLMARK_{name}")
    if not value:
        raise SettingsError(f"SCHOOLMARK_{name} is not set; set it to {meaning}")
    return value


def _path(env: Mapping[str, str], name: str) -> Path | None:
    value = env.get(f"SCHOOLMARK_{name}")
    return Path(value) if value else None


def _number(name: str, text: str) -> int:
    if not text.isdigit():
        raise SettingsError(f"SCHOOLMARK_{name} is {text!r}; set it to a whole number")
    return int(text)
