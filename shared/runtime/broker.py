"""A service's topics on the broker when the service starts: whether they are as the settings say, and their ends."""

from collections.abc import Iterable

from kafka import KafkaConsumer, TopicPartition

from shared.events.topic import Topic
from shared.runtime.settings import Settings, SettingsError


class NotThereYet(LookupError):
    """A topic that the broker does not know; it may be made in a moment."""


class Broker:
    """The topics that a service reads and those that it writes, as the broker has them."""

    def __init__(self, settings: Settings, reads: Iterable[Topic], writes: Iterable[Topic]) -> None:
        self._settings, self._reads, self._writes = settings, list(reads), list(writes)

    def ends(self) -> dict[tuple[str, int], int]:
        """Where each partition of what is read ends now, by logical name and partition.

        Raises NotThereYet; SettingsError when a topic has another number of partitions than the settings say: keys
        would go where nobody expects them, and a marker would miss some.
        """
        consumer = KafkaConsumer(bootstrap_servers=self._settings.kafka)
        try:
            found = {topic.name: self._partitions(consumer, topic) for topic in (*self._reads, *self._writes)}
            read = {place: topic.name for topic in self._reads for place in found[topic.name]}
            ends = consumer.end_offsets(list(read)) if read else {}
            return {(read[place], place.partition): end for place, end in ends.items()}
        finally:
            consumer.close()

    def _partitions(self, consumer: KafkaConsumer, topic: Topic) -> list[TopicPartition]:
        name = self._settings.topic(topic.name)
        there, wanted = sorted(consumer.partitions_for_topic(name) or ()), self._settings.partitions_of(topic)
        if not there:
            raise NotThereYet(f"{name} is not there yet")
        if len(there) != wanted:
            raise SettingsError(
                f"{name} has {len(there)} partitions on {self._settings.kafka}, and the settings say {wanted}; "
                "set SCHOOLMARK_PARTITIONS alike for all services and `python -m deploy.topics`, and run that first"
            )
        return [TopicPartition(name, number) for number in there]
