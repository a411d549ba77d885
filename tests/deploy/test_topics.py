"""Topics on a real broker: made as the settings say, widened when these grow, and never silently too wide."""

import uuid
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from deploy import topics
from deploy.local.errors import CannotStart
from shared.events.catalog import TOPICS
from shared.events.editions import EDITIONS
from shared.events.rejections import REJECTIONS
from shared.events.scores import SCORES
from shared.events.sis import ENROLLMENTS, RESULTS, SIS
from shared.runtime.broker import Broker, NotThereYet
from shared.runtime.settings import Settings, SettingsError

DAY_MS = 24 * 60 * 60 * 1000


@pytest.fixture
def namespace() -> str:
    return f"topics{uuid.uuid4().hex[:8]}."


def partitions(bootstrap: str, namespace: str) -> dict[str, int]:
    """How many each topic of a namespace has."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        there = admin.describe_topics([namespace + topic.name for topic in TOPICS])
        return {each["name"].removeprefix(namespace): len(each["partitions"]) for each in there if each["partitions"]}
    finally:
        admin.close()


def retention_days(bootstrap: str, name: str) -> int:
    """How long a topic's messages are kept; -1 for ever."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        told = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name)])
        return int(told["topic"][name]["retention.ms"]["value"]) // DAY_MS
    finally:
        admin.close()


def service(bootstrap: str, namespace: str, count: int | None) -> Broker:
    """What a service that writes sis.* and reads editions sees."""
    settings = Settings("trying", bootstrap, "", "ms", "trying-0", namespace=namespace, partitions=count)
    return Broker(settings, reads=[EDITIONS, RESULTS], writes=SIS)


def test_a_larger_setting_adds_partitions_and_a_smaller_one_is_refused(kafka: Any, namespace: str) -> None:
    with pytest.raises(NotThereYet):
        service(kafka.bootstrap, namespace, None).ends()
    assert len(topics.ensure(kafka.bootstrap, namespace)) == len(TOPICS)
    as_catalogued = partitions(kafka.bootstrap, namespace)
    assert as_catalogued == {topic.name: topic.partitions for topic in TOPICS}

    widened = topics.ensure(kafka.bootstrap, namespace, topics.Wanted(partitions=7))
    assert widened == [topic.name for topic in SIS]
    assert partitions(kafka.bootstrap, namespace) == {**as_catalogued, **{topic.name: 7 for topic in SIS}}
    assert topics.ensure(kafka.bootstrap, namespace, topics.Wanted(partitions=7)) == []

    sentence = (
        rf"{namespace}sis\.directory\.v1 on {kafka.bootstrap} has 7 partitions and the settings say 4.*PARTITIONS=7"
    )
    with pytest.raises(CannotStart, match=sentence):
        topics.ensure(kafka.bootstrap, namespace)
    assert service(kafka.bootstrap, namespace, 7).ends() == {
        (EDITIONS.name, 0): 0,
        **{(RESULTS.name, number): 0 for number in range(7)},
    }
    with pytest.raises(SettingsError, match=r"has 7 partitions .* the settings say 4; set SCHOOLMARK_PARTITIONS"):
        service(kafka.bootstrap, namespace, None).ends()


def test_records_are_kept_for_ever_and_what_is_soon_old_for_days(kafka: Any, namespace: str) -> None:
    topics.ensure(kafka.bootstrap, namespace)
    found = {each.name: retention_days(kafka.bootstrap, namespace + each.name) for each in (ENROLLMENTS, EDITIONS)}
    assert found == {ENROLLMENTS.name: -1, EDITIONS.name: -1}
    assert retention_days(kafka.bootstrap, namespace + SCORES.name) == 30
    assert retention_days(kafka.bootstrap, namespace + REJECTIONS.name) == 400

    wanted = topics.Wanted.from_environment(
        {"SCHOOLMARK_KEEP_SCORES_DAYS": "3", "SCHOOLMARK_KEEP_REJECTIONS_DAYS": "ever"}
    )
    topics.ensure(kafka.bootstrap, namespace, wanted)
    assert retention_days(kafka.bootstrap, namespace + SCORES.name) == 3
    assert retention_days(kafka.bootstrap, namespace + REJECTIONS.name) == -1


@pytest.mark.parametrize("name", ["SCHOOLMARK_PARTITIONS", "SCHOOLMARK_KEEP_SCORES_DAYS"])
@pytest.mark.parametrize("text", ["0", "many", "-1"])
def test_a_wrong_setting_is_named_with_its_mend(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"{name} is '{text}'; set it to"):
        topics.Wanted.from_environment({name: text})
