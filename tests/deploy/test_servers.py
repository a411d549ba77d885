"""The local broker and database keep what they acknowledged when killed, and recover from half-made folders."""

from pathlib import Path

import psycopg
import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from sqlalchemy import create_engine, text

from deploy.local import kafka, ports, postgres
from deploy.local.errors import CannotStart


def _send(bootstrap: str, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
    producer.send("kept", value).get(timeout=20)
    producer.close()


def _values(bootstrap: str) -> list[bytes]:
    consumer = KafkaConsumer(
        "kept", bootstrap_servers=bootstrap, auto_offset_reset="earliest", consumer_timeout_ms=3000, group_id=None
    )
    values = [message.value for message in consumer]
    consumer.close()
    return values


def test_a_killed_broker_keeps_every_message_it_acknowledged(folder: Path) -> None:
    with kafka.start(folder) as server:
        admin = KafkaAdminClient(bootstrap_servers=server.bootstrap)
        admin.create_topics([NewTopic("kept", num_partitions=1, replication_factor=1)])
        admin.close()
        _send(server.bootstrap, b"before the kill")
        server.kill()
        assert not server.is_running()
        server.restart()
        _send(server.bootstrap, b"after the kill")
        server.stop()
        server.restart()
        assert _values(server.bootstrap) == [b"before the kill", b"after the kill"]


def test_a_broker_log_that_was_left_half_prepared_is_prepared_again(folder: Path) -> None:
    with kafka.start(folder) as server:
        server.stop()
        (folder / "formatted").unlink()  # as if the first run had ended before its last line
        server.restart()
        assert server.is_running()


def test_a_jar_left_half_written_is_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from deploy.local import jars

    whole = jars.classpath()[0]
    content = whole.read_bytes()
    whole.write_bytes(content[:1000])
    assert jars.classpath()[0].read_bytes() == content


def test_maven_settings_with_a_mirror_of_central_are_honoured(folder: Path) -> None:
    from deploy.local import jars

    settings = folder / "settings.xml"
    settings.write_text(
        '<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0"><mirrors>'
        "<mirror><id>a</id><mirrorOf>snapshots</mirrorOf><url>https://mirror.invalid/a</url></mirror>"
        "<mirror><id>b</id><mirrorOf>central</mirrorOf><url>https://mirror.invalid/b/</url></mirror>"
        "</mirrors></settings>"
    )
    assert jars.repositories(settings)["central"] == "https://mirror.invalid/b"


def test_a_killed_database_keeps_every_row_it_committed(folder: Path) -> None:
    with postgres.start(folder) as server:
        engine = create_engine(server.url)
        with engine.begin() as connection:
            connection.execute(text("create table kept (word text)"))
            connection.execute(text("insert into kept values ('before the kill')"))
        server.kill()
        assert not server.is_running()
        engine.dispose()
        server.restart()
        with engine.begin() as connection:
            connection.execute(text("insert into kept values ('after the kill')"))
        engine.dispose()
        server.stop()
        server.restart()
        with engine.begin() as connection:
            words = [row.word for row in connection.execute(text("select word from kept"))]
        engine.dispose()
        assert words == ["before the kill", "after the kill"]


def test_database_files_that_were_left_half_prepared_are_prepared_again(folder: Path) -> None:
    unfinished = folder / "data.unfinished"
    unfinished.mkdir()
    (unfinished / "PG_VERSION").write_text("18")
    with postgres.start(folder) as server:
        assert server.is_running()
    assert not unfinished.exists()


def test_a_pid_file_that_names_no_database_server_is_forgotten(folder: Path) -> None:
    with postgres.start(folder) as server:
        server.kill()
        (folder / "data" / "postmaster.pid").write_text("1\n")  # process 1 runs, and is no database
        server.restart()
        assert server.is_running()


def test_a_database_server_left_by_a_killed_run_is_ended_at_the_next_start(folder: Path) -> None:
    left = postgres.start(folder)
    with postgres.start(folder) as server:
        assert not left.is_running()
        assert server.is_running()


def test_a_used_port_is_named_with_its_mend(folder: Path) -> None:
    with postgres.start(folder / "first") as first:
        sentence = rf"^Port {first.port}, .* already in use, .*"
        with pytest.raises(CannotStart, match=sentence + r"SCHOOLMARK_KAFKA_PORT\.$"):
            kafka.start(folder / "second", first.port)
        with pytest.raises(CannotStart, match=sentence + r"SCHOOLMARK_POSTGRES_PORT\.$"):
            postgres.start(folder / "third", first.port)
        assert not ports.is_free(first.port)


def test_each_test_gets_an_empty_database_of_its_own(database_url: str) -> None:
    with psycopg.connect(database_url.replace("+psycopg", "")) as connection:
        assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)
