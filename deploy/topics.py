"""Makes the broker's topics what catalog and settings say: partitions, and how long each kind is kept. Never compacted.

Run: `python -m deploy.topics`, before the services start. Repeating it changes nothing.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType, NewTopic
from kafka.errors import InvalidPartitionsError, TopicAlreadyExistsError

from deploy.local.errors import CannotStart
from shared.events.catalog import TOPICS
from shared.events.rejections import REJECTIONS
from shared.events.scores import SCORES
from shared.events.sis import SIS
from shared.events.topic import Topic
from shared.runtime.settings import SettingsError, partitions_in

_DAY_MS = 86_400_000
_TOLD_SECONDS = 30.0
_ALL_ALIKE = {"retention.bytes": "-1", "cleanup.policy": "delete", "max.message.bytes": "8388608"}
FOR_EVER = None
KEPT_DAYS: Mapping[str, int | None] = {
    "RECORDS": FOR_EVER,  # sis.*: the truth that everything is computed from, and computed anew
    "DECISIONS": FOR_EVER,  # editions, designations, releases, notices: replay and every rebuilt database read them
    "SCORES": 30,  # provisional scores: no service reads them, and the next push of a school makes a new one
    "REJECTIONS": 400,  # what could not be read: a school year and the weeks to certify it
}


@dataclass(frozen=True)
class Wanted:
    """What the settings say of topics: partitions of those whose number is a setting, days that each kind is kept."""

    partitions: int | None = None
    kept_days: Mapping[str, int | None] = field(default_factory=lambda: KEPT_DAYS)

    @classmethod
    def from_environment(cls, env: Mapping[str, str] = os.environ) -> "Wanted":
        """SCHOOLMARK_PARTITIONS and SCHOOLMARK_KEEP_<KIND>_DAYS (a number, or "ever"). Raises SettingsError."""
        return cls(partitions_in(env), {kind: _days(env, kind, default) for kind, default in KEPT_DAYS.items()})

    def retention_ms(self, topic: Topic) -> str:
        """How long a topic's messages are kept, as Kafka takes it."""
        days = self.kept_days[_kind(topic)]
        return "-1" if days is FOR_EVER else str(days * _DAY_MS)


def ensure(bootstrap: str, namespace: str = "", wanted: Wanted = Wanted(), replication: int = 1) -> list[str]:
    """Makes topics that are not there, and mends those that are; gives the names it made or gave more partitions.

    Raises CannotStart, before it changes anything, when a topic has more partitions than it should.
    """
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        had = _partitions(admin, namespace)
        should = {topic.name: topic.partitions_under(wanted.partitions) for topic in TOPICS}
        _require_none_wider(bootstrap, namespace, had, should)
        old = [topic for topic in TOPICS if had[topic.name]]
        missing = [topic for topic in TOPICS if not had[topic.name]]
        narrow = [topic for topic in old if had[topic.name] < should[topic.name]]
        for topic in missing:
            configs = {**_ALL_ALIKE, "retention.ms": wanted.retention_ms(topic)}
            new = NewTopic(namespace + topic.name, should[topic.name], replication, topic_configs=configs)
            with suppress(TopicAlreadyExistsError):  # another process made it between the look and the making
                admin.create_topics([new])
        for topic in narrow:
            with suppress(InvalidPartitionsError):  # as above; every service looks again when it starts
                admin.create_partitions({namespace + topic.name: should[topic.name]})
        _keep(admin, {namespace + topic.name: wanted.retention_ms(topic) for topic in old})
        _wait_until(lambda: _partitions(admin, namespace) == should)
        return [topic.name for topic in (*missing, *narrow)]
    finally:
        admin.close()


def _partitions(admin: KafkaAdminClient, namespace: str) -> dict[str, int]:
    """How many each topic of the catalog has, by its name there; 0 where it is not made."""
    there = {each["name"]: len(each["partitions"]) for each in admin.describe_topics()}
    return {topic.name: there.get(namespace + topic.name, 0) for topic in TOPICS}


def _wait_until(is_so: Callable[[], bool]) -> None:
    """A broker tells of new topics and partitions a moment after it has made them."""
    until = time.monotonic() + _TOLD_SECONDS
    while not is_so():
        if time.monotonic() > until:
            raise CannotStart(f"Kafka does not show the topics it made within {_TOLD_SECONDS:.0f} s; see its log.")
        time.sleep(0.1)


def _require_none_wider(bootstrap: str, namespace: str, had: Mapping[str, int], should: Mapping[str, int]) -> None:
    for name, count in should.items():
        if had[name] > count:
            raise CannotStart(
                f"The topic {namespace}{name} on {bootstrap} has {had[name]} partitions and the settings say {count}: "
                f"a marker would miss some, and Kafka takes none away. Set SCHOOLMARK_PARTITIONS={had[name]}."
            )


def _keep(admin: KafkaAdminClient, retention_ms: Mapping[str, str]) -> None:
    if retention_ms:
        admin.alter_configs(
            [ConfigResource(ConfigResourceType.TOPIC, name, {"retention.ms": ms}) for name, ms in retention_ms.items()]
        )


def _kind(topic: Topic) -> str:
    if topic in SIS:
        return "RECORDS"
    return {SCORES.name: "SCORES", REJECTIONS.name: "REJECTIONS"}.get(topic.name, "DECISIONS")


def _days(env: Mapping[str, str], kind: str, default: int | None) -> int | None:
    text = env.get(f"SCHOOLMARK_KEEP_{kind}_DAYS")
    if not text:
        return default
    if text == "ever":
        return FOR_EVER
    if not text.isdecimal() or int(text) == 0:
        raise SettingsError(f"SCHOOLMARK_KEEP_{kind}_DAYS is {text!r}; set it to a number of days, or to ever")
    return int(text)


def variables() -> Iterable[str]:
    """The names of the environment variables that say what topics are like."""
    return ("SCHOOLMARK_PARTITIONS", *(f"SCHOOLMARK_KEEP_{kind}_DAYS" for kind in KEPT_DAYS))


if __name__ == "__main__":
    try:
        done = ensure(
            os.environ["SCHOOLMARK_KAFKA"], os.environ.get("SCHOOLMARK_NAMESPACE", ""), Wanted.from_environment()
        )
    except (CannotStart, SettingsError) as error:
        sys.exit(str(error))
    sys.stdout.write(f"{len(done)} topics made or given more partitions\n")
