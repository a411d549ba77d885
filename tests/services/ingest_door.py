"""Ingest's HTTP door on a real database, without a broker: facts stay in the outbox, where tests read them."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.ingest.api import before, router
from shared.events.catalog import BY_NAME
from shared.events.envelope import Event
from shared.runtime import outbox
from shared.runtime.database import prepare
from shared.runtime.http import install_errors
from shared.runtime.observe import Metrics
from shared.runtime.runtime import Runtime, utc_now
from shared.runtime.settings import Settings

CLIENTS = (
    ("state", "state", None),
    ("north", "district", "1001"),
    ("south", "district", "1002"),
)
GRADE = "uri://ed-fi.org/GradeLevelDescriptor#"
DATA = "/data/v3/ed-fi/"


@dataclass
class Door:
    """The door, and what stands behind it."""

    http: TestClient
    engine: sa.Engine
    runtime: Runtime
    tokens: dict[str, str]

    def ask(self, client: str, method: str, path: str, **parts: Any) -> Any:
        """An answer to a client of the file."""
        headers = {"Authorization": f"Bearer {self.tokens[client]}", **parts.pop("headers", {})}
        return self.http.request(method, path, headers=headers, **parts)

    def push(self, client: str, resource: str, body: Any, **headers: str) -> Any:
        """The answer to one pushed record."""
        return self.ask(client, "POST", DATA + resource, json=body, headers=headers)

    def bulk(self, client: str, resource: str, lines: list[Any], **headers: str) -> dict[str, Any]:
        """The report of an NDJSON file; a line is a body, or bytes as they are."""
        data = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
        answer = self.ask(client, "POST", f"/bulk/{resource}", content=data, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def facts(self) -> list[tuple[Any, Event]]:
        """What is in the outbox, in order: the row and the event."""
        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(outbox.rows).order_by(outbox.rows.c.id)).all()
        return [(row, BY_NAME[row.topic].decode(row.value)) for row in rows]

    def recorded(self) -> list[tuple[int, str, str, Any]]:
        """Every record of the facts in order of revision: revision, op, kind of record, record."""
        found = []
        for _, event in self.facts():
            for part in type(event).model_fields:
                value = getattr(event, part)
                if isinstance(value, tuple):
                    found += [
                        (each.revision, each.op, part, each.record) for each in value if hasattr(each, "revision")
                    ]
        return sorted(found, key=lambda each: each[0])


@contextmanager
def opened(database_url: str, folder: Path, state: str = "ms", partitions: int | None = None) -> Iterator[Door]:
    """A door for one test, with the clients north (district 1001), south (1002) and state."""
    settings = Settings(
        service="ingest",
        kafka="unused:0",
        database_url=database_url,
        state=state,
        instance="ingest-test",
        clients_path=_clients(folder),
        spool=folder / "spool",
        partitions=partitions,
        **_keys(folder),
    )
    engine = prepare(database_url, "ingest")
    runtime = Runtime(settings, engine, Metrics(), lambda event, **fields: None, _now)
    app = FastAPI()
    install_errors(app, runtime.log)
    app.include_router(router)
    app.state.runtime = runtime
    with TestClient(before(app), raise_server_exceptions=False) as http:
        tokens = {}
        for name, _, _ in CLIENTS:
            answer = http.post("/oauth/token", auth=(name, f"secret {name}"), data={"grant_type": "client_credentials"})
            assert answer.status_code == 200, answer.text
            tokens[name] = answer.json()["access_token"]
        yield Door(http, engine, runtime, tokens)
    engine.dispose()


def clients_and_keys(folder: Path) -> dict[str, Path]:
    """The same clients for a process: its variables' names without their beginning, and the files."""
    return {"CLIENTS": _clients(folder)} | {name.upper(): path for name, path in _keys(folder).items()}


def _now() -> datetime:
    return utc_now()


def _clients(folder: Path) -> Path:
    path = folder / "clients.yaml"
    made = [
        {
            "id": name,
            "kind": kind,
            "secret_sha256": hashlib.sha256(f"secret {name}".encode()).hexdigest(),
            **({"district": district} if district else {}),
        }
        for name, kind, district in CLIENTS
    ]
    path.write_text(yaml.safe_dump(made))
    return path


def _keys(folder: Path) -> dict[str, Path]:
    key = Ed25519PrivateKey.generate()
    private, public = folder / "private.pem", folder / "public.pem"
    form = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return {"token_private_key": private, "token_public_key": public}


# --- bodies -----------------------------------------------------------------------------------------------------------


def district(number: int = 1001, **more: Any) -> dict[str, Any]:
    """A local education agency."""
    return {"localEducationAgencyId": number, "nameOfInstitution": f"District {number}", **more}


def school(number: int = 1001001, district_id: int = 1001, **more: Any) -> dict[str, Any]:
    """A school of grades 3 and 4."""
    return {
        "schoolId": number,
        "nameOfInstitution": f"School {number}",
        "localEducationAgencyReference": {"localEducationAgencyId": district_id},
        "gradeLevels": [
            {"gradeLevelDescriptor": GRADE + "Third grade"},
            {"gradeLevelDescriptor": GRADE + "Fourth grade"},
        ],
        **more,
    }


def student(number: str = "S1", **more: Any) -> dict[str, Any]:
    """A student."""
    return {
        "studentUniqueId": number,
        "firstName": "Ana",
        "lastSurname": "Diaz",
        "birthDate": "2015-04-01",
        **more,
    }


def enrollment(student_id: str = "S1", school_id: int = 1001001, **more: Any) -> dict[str, Any]:
    """An enrolment of 2024-25."""
    return {
        "studentReference": {"studentUniqueId": student_id},
        "schoolReference": {"schoolId": school_id},
        "entryDate": "2024-08-05",
        "entryGradeLevelDescriptor": GRADE + "Third grade",
        **more,
    }


def groups(student_id: str = "S1", district_id: int = 1001, **more: Any) -> dict[str, Any]:
    """A student's groups in 2024-25."""
    return {
        "studentReference": {"studentUniqueId": student_id},
        "educationOrganizationReference": {"educationOrganizationId": district_id},
        "_ext": {"schoolmark": {"schoolYear": 2025}},
        **more,
    }


def assessment(**more: Any) -> dict[str, Any]:
    """A reading test of grade 3 with two levels."""
    return {
        "assessmentIdentifier": "ELA-03",
        "namespace": "uri://x.example/A",
        "assessmentTitle": "Reading 3",
        "academicSubjects": [{"academicSubjectDescriptor": "uri://x/AcademicSubjectDescriptor#English Language Arts"}],
        "assessedGradeLevels": [{"gradeLevelDescriptor": GRADE + "Third grade"}],
        "performanceLevels": [
            {"performanceLevelDescriptor": "uri://x/PerformanceLevelDescriptor#Proficient", "minimumScore": "365"},
            {"performanceLevelDescriptor": "uri://x/PerformanceLevelDescriptor#Minimal", "maximumScore": "334"},
        ],
        **more,
    }


def result(student_id: str = "S1", school_id: int = 1001001, **more: Any) -> dict[str, Any]:
    """A result of that test."""
    return {
        "studentAssessmentIdentifier": f"{student_id}-ELA-03-2025",
        "assessmentReference": {"assessmentIdentifier": "ELA-03", "namespace": "uri://x.example/A"},
        "studentReference": {"studentUniqueId": student_id},
        "administrationDate": "2025-04-14T14:00:00Z",
        "reportedSchoolReference": {"schoolId": school_id},
        "scoreResults": [
            {
                "assessmentReportingMethodDescriptor": "uri://x/AssessmentReportingMethodDescriptor#Scale score",
                "result": "371",
            }
        ],
        "performanceLevels": [
            {"performanceLevelDescriptor": "uri://x/PerformanceLevelDescriptor#proficient"},
        ],
        **more,
    }


def absence(student_id: str = "S1", school_id: int = 1001001, **more: Any) -> dict[str, Any]:
    """A day's absence."""
    return {
        "studentReference": {"studentUniqueId": student_id},
        "schoolReference": {"schoolId": school_id},
        "sessionReference": {"schoolId": school_id, "schoolYear": 2025, "sessionName": "Fall"},
        "eventDate": "2024-09-03",
        "attendanceEventCategoryDescriptor": "uri://x/AttendanceEventCategoryDescriptor#Unexcused Absence",
        **more,
    }
