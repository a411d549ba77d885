"""docker-compose.yml runs what deploy/local/processes.py says, and its neighbours name the same ports and metrics."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import topics
from deploy.local import kafka, postgres
from deploy.local.processes import SERVICES, SMTP_PORT
from shared.runtime.observe import Metrics

ROOT = Path(__file__).parents[2]
PLACES = {
    "kafka": "kafka:9092",
    "database_url": "postgresql+psycopg://schoolmark:schoolmark@postgres:5432/schoolmark",
    "state": "ms",
    "partitions": "",
    "host": "0.0.0.0",
    "keys": "/keys",
    "public_key": "/token/token.public.pem",
    "smtp": f"mail:{SMTP_PORT}",
}


def _compose() -> dict[str, Any]:
    text = (ROOT / "docker-compose.yml").read_text()
    composed: dict[str, Any] = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text))["services"]
    return composed


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_alike_in_containers_and_locally(name: str) -> None:
    service, composed = SERVICES[name], _compose()[name]
    environment = {variable: str(value) for variable, value in composed["environment"].items()}
    assert composed["command"] == ["python", "-m", service.module]
    assert environment == service.filled(port=service.port, **PLACES)
    assert composed["ports"] == [f"{service.port}:{service.port}"]


def test_further_scoring_workers_differ_from_the_first_in_their_instance_alone() -> None:
    first, more = _compose()["scoring"], _compose()["more-scoring"]
    assert more["command"][-1] == f"SCHOOLMARK_INSTANCE=scoring-$$HOSTNAME exec {' '.join(first['command'])}"
    assert {**more["environment"], "SCHOOLMARK_INSTANCE": "scoring-0"} == first["environment"]
    assert more["deploy"] == {"replicas": 0}


def test_topics_are_made_by_every_setting_there_is() -> None:
    environment = _compose()["topics"]["environment"]
    assert environment.keys() == {"SCHOOLMARK_KAFKA", *topics.variables()}
    assert environment["SCHOOLMARK_PARTITIONS"] == _compose()["ingest"]["environment"]["SCHOOLMARK_PARTITIONS"]


def test_only_ingest_sees_the_private_key() -> None:
    mounts = {name: _compose()[name]["volumes"] for name in SERVICES}
    assert [name for name, volumes in mounts.items() if any(volume.startswith("keys:") for volume in volumes)] == [
        "ingest"
    ]


def test_all_services_run_from_one_image() -> None:
    assert {_compose()[name]["image"] for name in SERVICES} == {"schoolmark"}
    assert [name for name, composed in _compose().items() if "build" in composed] == ["ingest"]


def test_the_mail_catcher_listens_where_notify_sends() -> None:
    command = _compose()["mail"]["command"]
    assert command[:3] == ["python", "-m", "deploy.local.mail"]
    assert command[command.index("--port") + 1] == str(SMTP_PORT)


def test_the_broker_has_the_settings_of_the_local_one() -> None:
    composed = _compose()["kafka"]["environment"]
    local = {"KAFKA_" + name.upper().replace(".", "_"): value for name, value in kafka.SETTINGS.items()}
    both = (composed.keys() & local.keys()) - {
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",  # the same pairs in another order
    }
    assert len(both) >= 12
    assert {name: str(composed[name]) for name in both} == {name: local[name] for name in both}


def test_the_database_has_the_settings_of_the_local_one() -> None:
    settings = [word for word in _compose()["postgres"]["command"] if "=" in word]
    assert dict(setting.split("=") for setting in settings).items() <= postgres.SETTINGS.items()


def test_prometheus_asks_every_service_on_its_port() -> None:
    configuration = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    (job,) = configuration["scrape_configs"]
    asked = {entry["labels"]["service"]: entry["targets"] for entry in job["static_configs"]}
    assert asked == {name: [f"{name}:{service.port}"] for name, service in SERVICES.items()}


def test_the_dashboard_shows_only_metrics_that_services_have() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/dashboards/schoolmark.json").read_text())
    shown = {
        metric
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for metric in re.findall(r"schoolmark_\w+", target["expr"])
    }
    there = {sample for family in Metrics().registry.collect() for sample in _sample_names(family.name, family.type)}
    assert shown <= there
    assert len(shown) == 9


def _sample_names(name: str, kind: str) -> set[str]:
    return {f"{name}_total"} if kind == "counter" else {f"{name}_bucket"} if kind == "histogram" else {name}
