"""Creates every topic of the catalog on a broker: kept for ever, never compacted. Run: `python -m deploy.topics`."""

import os
import sys

from kafka import KafkaAdminClient
from kafka.admin import NewTopic
from kafka.errors import TopicAlreadyExistsError

from shared.events.catalog import TOPICS

_KEPT_FOR_EVER = {
    "retention.ms": "-1",
    "retention.bytes": "-1",
    "cleanup.policy": "delete",
    "max.message.bytes": "8388608",
}


def ensure(bootstrap: str, namespace: str = "", replication: int = 1) -> list[str]:
    """Creates the topics that are not there; gives the names it made."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        there = set(admin.list_topics())
        missing = [topic for topic in TOPICS if namespace + topic.name not in there]
        for topic in missing:
            new = NewTopic(namespace + topic.name, topic.partitions, replication, topic_configs=_KEPT_FOR_EVER)
            try:
                admin.create_topics([new])
            except TopicAlreadyExistsError:
                continue  # another process made it between the look and the making: that is what was wanted
        return [topic.name for topic in missing]
    finally:
        admin.close()


if __name__ == "__main__":
    made = ensure(os.environ["SCHOOLMARK_KAFKA"], os.environ.get("SCHOOLMARK_NAMESPACE", ""))
    sys.stdout.write(f"{len(made)} topics made\n")
