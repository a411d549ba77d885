"""What a local run refuses, in one sentence and before anything starts; and the keys and clients it makes."""

import hashlib
import json
import smtplib
import socket
import stat
import sys
import time
from pathlib import Path

import pytest
import yaml

from deploy.local import child, keys, mail, ports
from deploy.local.cluster import PORTS, Cluster, Settings
from deploy.local.errors import CannotStart

FREE = dict.fromkeys(PORTS, 0)


def test_a_used_port_is_refused_before_anything_starts(folder: Path) -> None:
    with socket.create_server((ports.HOST, 0)) as other:
        port = other.getsockname()[1]
        cluster = Cluster(folder, Settings("ms", ports=FREE | {"reportcard": port}))
        sentence = rf"^Port {port}, wanted for the service reportcard, .*SCHOOLMARK_REPORTCARD_PORT\.$"
        with pytest.raises(CannotStart, match=sentence):
            cluster.start()
    assert not (folder / "postgres").exists()
    assert not (folder / "kafka").exists()


def test_a_second_run_on_the_same_folder_is_refused(folder: Path) -> None:
    first, second = Cluster(folder, Settings("ms", ports=FREE)), Cluster(folder, Settings("ms", ports=FREE))
    first._take_lock()
    with pytest.raises(CannotStart, match=r"already runs on .* \(process \d+\)"):
        second.start()
    first.stop()
    second._take_lock()  # the first one's end gives the folder free
    second.stop()


def test_a_full_disk_is_refused_with_the_amounts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.local.cluster.FIRST_RUN_MB", 10**9)
    with pytest.raises(CannotStart, match=r"has \d+ MB free and 1000000000 MB are needed"):
        Cluster(folder, Settings("ms", ports=FREE)).start()


def test_a_given_broker_that_does_not_answer_is_refused(folder: Path) -> None:
    given = f"{ports.HOST}:{ports.free_port()}"
    database = f"postgresql+psycopg://user@{ports.HOST}:{ports.free_port()}/schoolmark"
    cluster = Cluster(folder, Settings("ms", kafka=given, database_url=database, ports=FREE))
    with pytest.raises(CannotStart, match=r"SCHOOLMARK_DATABASE_URL names .* nothing answers there"):
        cluster.start()


def test_ports_come_from_the_environment_and_a_wrong_one_is_named() -> None:
    assert Settings.from_environment("ms", env={"SCHOOLMARK_INGEST_PORT": "9001"}).ports == {"ingest": 9001}
    with pytest.raises(CannotStart, match="SCHOOLMARK_MAIL_PORT is 'smtp'"):
        Settings.from_environment("ms", env={"SCHOOLMARK_MAIL_PORT": "smtp"})


def test_clients_are_kept_and_new_districts_added(tmp_path: Path) -> None:
    first = keys.make_clients(tmp_path, ["0100"])
    public = (tmp_path / "token.public.pem").read_text()
    second = keys.make_clients(tmp_path, ["0100", "0200"])
    assert set(second) == {"state", "district-0100", "district-0200"}
    assert first.items() <= second.items()
    assert (tmp_path / "token.public.pem").read_text() == public
    assert json.loads((tmp_path / "secrets.json").read_text()) == second
    assert yaml.safe_load((tmp_path / "clients.yaml").read_text())[1] == {
        "id": "district-0100",
        "secret_sha256": hashlib.sha256(second["district-0100"].encode()).hexdigest(),
        "kind": "district",
        "district": "0100",
    }


def test_a_client_added_by_hand_is_kept(tmp_path: Path) -> None:
    keys.make_clients(tmp_path, [])
    by_hand = {"id": "district-2500", "secret_sha256": "0" * 64, "kind": "district", "district": "2500"}
    clients = tmp_path / "clients.yaml"
    clients.write_text(clients.read_text() + yaml.safe_dump([by_hand]))
    keys.make_clients(tmp_path, ["0100"])
    ids = [entry["id"] for entry in yaml.safe_load(clients.read_text())]
    assert ids == ["state", "district-2500", "district-0100"]
    assert by_hand in yaml.safe_load(clients.read_text())


def test_keys_and_secrets_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    keys.make_clients(tmp_path, [])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    expected = {"clients.yaml", "secrets.json", "token.private.pem", "token.public.pem"}
    assert modes == dict.fromkeys(expected, 0o600)


def test_a_mail_is_kept_whole_with_whom_it_was_for(tmp_path: Path) -> None:
    port, folder = ports.free_port(), tmp_path / "mail"
    command = [sys.executable, "-m", "deploy.local.mail", "--port", str(port), "--folder", str(folder)]
    catcher = child.spawn(command, tmp_path / "mail.log", folder=Path(__file__).parents[2])
    try:
        for _ in range(200):
            if ports.is_listening(port):
                break
            assert catcher.poll() is None, child.said(tmp_path / "mail.log")
            time.sleep(0.05)
        with smtplib.SMTP(ports.HOST, port, timeout=10) as client:
            client.sendmail("office@state.example", ["district@schools.example"], b"Subject: Notice\r\n\r\nDue soon.")
    finally:
        child.end(catcher)
    (kept,) = mail.mails(folder)
    assert kept.read_bytes().startswith(b"X-Schoolmark-To: district@schools.example\r\nSubject: Notice\r\n")
