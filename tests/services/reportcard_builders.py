"""Small states made of students, their events, and the reportcard service over a real database."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from fastapi.testclient import TestClient

from services.reportcard import api, stream, timer
from services.reportcard.policy import Law, law_of
from services.reportcard.rules.tables import Place
from shared.events.designations import DESIGNATIONS, DesignationsClosed, DesignationsOpened, Reason, SchoolDesignated
from shared.events.editions import (
    EDITIONS,
    Amount,
    Component,
    Count,
    EditionClosed,
    EditionOpened,
    EntityScored,
    LeftOut,
    Profile,
    Rating,
)
from shared.events.envelope import Event
from shared.events.published import PUBLISHED
from shared.events.rejections import REJECTIONS
from shared.policy import reader
from shared.runtime import outbox, tokens
from shared.runtime.http import install_errors
from shared.runtime.observe import Metrics, json_log
from shared.runtime.runtime import Runtime
from shared.runtime.settings import Settings
from shared.runtime.transaction import Handled, Message, Transactions
from shared.vocabulary.identity import fact_id, fingerprint
from shared.vocabulary.measures import unit_of
from shared.vocabulary.subgroups import ALL, FLAGS, GENDERS, RACES

STATE = "ms"
YEAR = "2024-25"
CHAPTERS = {service: reader.chapter(STATE, service, YEAR) for service in ("scoring", "designation", "reportcard")}
NOTIFIED_ON = date(2025, 9, 15)
NOW = datetime(2025, 10, 1, 12, tzinfo=UTC)


def ms_law() -> Law:
    """The law of suppression as the chapters of the state stand."""
    return law_of(CHAPTERS)


@dataclass
class School:
    """Students of one school, each a list of groups; counts follow from what is added."""

    school_id: str
    district_id: str
    name: str = ""
    counts: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def add(self, students: int, groups: Sequence[str], **credit: float) -> "School":
        """Students of these groups; credit per measure ("reading__proficiency"), each student's same."""
        for measure, each in credit.items():
            name = measure.replace("__", ".")
            for group in (ALL, *groups):
                pair = self.counts[name, group]
                pair[0] += int(students * each)
                pair[1] += students
        return self


def counts_of(schools: Iterable[School]) -> dict[tuple[str, str], tuple[int, int]]:
    """Counts of several schools together."""
    total: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for school in schools:
        for key, (numerator, denominator) in school.counts.items():
            total[key][0] += numerator
            total[key][1] += denominator
    return {key: (numerator, denominator) for key, (numerator, denominator) in total.items()}


def places_of(schools: Sequence[School], moved: Sequence[School] = ()) -> list[Place]:
    """A state of these schools: schools, their districts, the state. `moved` count in district and state only."""
    places = [Place("school", one.school_id, one.district_id, counts_of([one])) for one in schools]
    for district_id in sorted({one.district_id for one in schools}):
        own = [one for one in (*schools, *moved) if one.district_id == district_id]
        places.append(Place("district", district_id, district_id, counts_of(own)))
    return [*places, Place("state", STATE, None, counts_of([*schools, *moved]))]


def random_state(seed: int, districts: int, schools: int, students: tuple[int, int] = (12, 260)) -> list[School]:
    """A state of believable students: groups of very different size, levels, growth; the same seed, the same state."""
    rng = random.Random(seed)
    made = []
    for number in range(schools):
        school = School(f"S{number:03d}", f"D{number % districts:02d}", f"School {number:03d}")
        mix = [0.01, 0.02, rng.random(), 0.05, 0.004, rng.random(), 0.03]
        ability = rng.uniform(0.1, 0.7)
        for _ in range(int(rng.triangular(*students, students[0] * 3))):
            groups = [rng.choice(GENDERS), rng.choices(RACES, mix)[0]]
            shares = (0.6, 0.13, 0.04, 0.004, 0.02, 0.01, 0.03)
            groups += [flag for flag, share in zip(FLAGS, shares, strict=True) if rng.random() < share]
            _add_results(school, groups, ability, rng)
        made.append(school)
    return made


def _add_results(school: School, groups: list[str], ability: float, rng: random.Random) -> None:
    for subject in ("reading", "math"):
        level = int(min(0.999, max(0.0, rng.gauss(ability, 0.25))) * 5) + 1
        credit: dict[str, float] = {f"{subject}__proficiency": level >= 4, f"{subject}__participation": 1}
        if rng.random() > 0.01:  # one in a hundred takes the alternate test, which has other levels
            credit |= {f"{subject}__level__{rank}": level == rank for rank in range(1, 6)}
        if rng.random() < 0.8:
            credit[f"{subject}__growth"] = rng.choice((0, 0, 100, 100, 125))
        if rng.random() < 0.2:
            credit[f"{subject}__growth_lowest"] = rng.choice((0, 0, 100))
        school.add(1, groups, **credit)


def component(measure: str, maximum: int, pair: tuple[int, int]) -> Component:
    """A row of the points table, dropped below ten students."""
    if pair[1] < 10:
        return Component(measure=measure, maximum=str(maximum), share=None, points=None, dropped="FEWER_THAN_MINIMUM")
    share = f"{pair[0]}/{pair[1] * unit_of(measure)}"
    exact = min(1, reader_fraction(share)) * maximum
    return Component(measure=measure, maximum=str(maximum), share=share, points=str(exact))


def reader_fraction(text: str) -> Any:
    """Exact text as a Fraction."""
    from fractions import Fraction

    return Fraction(text)


COMPONENTS = tuple(f"{subject}.{kind}" for subject in ("reading", "math") for kind in ("proficiency", "growth"))


def rating_of(counts: dict[tuple[str, str], tuple[int, int]]) -> Rating:
    """A total of 400 points: four components of 100, those below ten students dropped and the rest stretched."""
    parts = tuple(component(name, 100, counts.get((name, ALL), (0, 0))) for name in COMPONENTS)
    earned = [reader_fraction(part.points) for part in parts if part.points is not None]
    if not earned:
        return Rating(status="NOT_RATED_INSUFFICIENT_DATA", possible="400", components=parts)
    exact = sum(earned) * 4 / len(earned)
    return Rating(
        status="GRADED",
        letter="B",
        points=str(int(exact + reader_fraction("1/2"))),
        exact_points=str(exact),
        possible="400",
        column="elementary_middle",
        components=parts,
    )


@dataclass(frozen=True)
class Edition:
    """Both halves of an edition's messages."""

    edition_id: UUID
    scores: list[Event]
    designations: list[Event]


def make_edition(
    schools: Sequence[School],
    cut: int = 1,
    year: str = YEAR,
    history: dict[str, UUID] | None = None,
    moved: Sequence[School] = (),
    amounts: Sequence[Amount] = (),
) -> Edition:
    """An edition over these schools; every school is not identified, the first is. `amounts`: of every entity."""
    edition_id = fact_id("edition", year, cut)
    opened = EditionOpened(
        event_id=fact_id("edition.opened", edition_id),
        edition_id=edition_id,
        state=STATE,
        school_year=year,
        cut_revision=cut,
        history=history or {},
        chapters=CHAPTERS,
        policy_fingerprint="f" * 64,
        notified_on=NOTIFIED_ON,
    )
    scored: list[Event] = [opened]
    rank = {"school": 0, "district": 1, "state": 2}
    names = {one.school_id: one.name or f"School {one.school_id}" for one in schools}
    places = sorted(places_of(schools, moved), key=lambda place: (rank[place.level], place.entity_id))
    scored += [_scored(edition_id, place, names).model_copy(update={"amounts": tuple(amounts)}) for place in places]
    closed = EditionClosed(
        event_id=fact_id("edition.closed", edition_id),
        edition_id=edition_id,
        entities={level: sum(place.level == level for place in places) for level in rank},
        checksum=fingerprint(event.to_bytes() for event in scored),
    )
    return Edition(edition_id, [*scored, closed], _designations(edition_id, year, schools, names))


def _scored(edition_id: UUID, place: Place, names: dict[str, str]) -> EntityScored:
    name = names.get(place.entity_id) or {"district": f"District {place.entity_id}", "state": "The State"}[place.level]
    return EntityScored(
        event_id=fact_id("entity.scored", edition_id, place.level, place.entity_id),
        edition_id=edition_id,
        level=place.level,  # type: ignore[arg-type]
        entity_id=place.entity_id,
        profile=Profile(
            name=name,
            district_id=place.district_id,
            district_name=f"District {place.district_id}" if place.district_id else None,
            grades=("03", "04"),
            title_i=place.level == "school",
        ),
        rating=rating_of(dict(place.counts)) if place.level != "state" else Rating(status="GRADED"),
        counts=tuple(
            Count(measure=measure, subgroup=subgroup, numerator=pair[0], denominator=pair[1])
            for (measure, subgroup), pair in sorted(place.counts.items())
        ),
        left_out=(
            LeftOut(measure="reading.proficiency", reason="NO_SCORE", students=3),
            LeftOut(measure="reading.proficiency", reason="NOT_FULL_ACADEMIC_YEAR", students=23),
        ),
    )


def _designations(edition_id: UUID, year: str, schools: Sequence[School], names: dict[str, str]) -> list[Event]:
    opened = DesignationsOpened(
        event_id=fact_id("designations.opened", edition_id),
        edition_id=edition_id,
        state=STATE,
        school_year=year,
        chapters=CHAPTERS,
        policy_fingerprint="f" * 64,
        notified_on=NOTIFIED_ON,
    )
    events: list[Event] = [opened]
    for place, school in enumerate(sorted(schools, key=lambda one: one.school_id)):
        after = ("comprehensive_support",) if place == 0 else ()
        reason = Reason(
            rule="essa-report-card CSI-2",
            status="comprehensive_support",
            decision="identified" if after else "not_identified",
            numbers={"index": "31/50"},
            sentence="The average index stands against the cut of the lowest five percent.",
        )
        events.append(
            SchoolDesignated(
                event_id=fact_id("school.designated", edition_id, school.school_id),
                edition_id=edition_id,
                school_year=year,
                school_id=school.school_id,
                school_name=names[school.school_id],
                district_id=school.district_id,
                district_name=f"District {school.district_id}",
                notice_email=None,
                before=(),
                after=after,
                changed=bool(after),
                reasons=(reason,),
                starts_on=NOTIFIED_ON,
            )
        )
    closed = DesignationsClosed(
        event_id=fact_id("designations.closed", edition_id),
        edition_id=edition_id,
        schools=len(schools),
        changed=1,
        checksum=fingerprint(event.to_bytes() for event in events),
    )
    return [*events, closed]


class Service:
    """The reportcard service without its process: real database, real transactions, its HTTP door, its timer."""

    def __init__(self, engine: sa.Engine, folder: Path) -> None:
        self.engine = engine
        self._offsets = {EDITIONS.name: 0, DESIGNATIONS.name: 0, PUBLISHED.name: 0}
        self._transactions = Transactions(engine, "reportcard", stream.ROUTES, lambda: NOW)
        self._private = folder / "private.pem"
        settings = Settings(
            service="reportcard",
            kafka="unused",
            database_url=str(engine.url),
            state=STATE,
            instance="reportcard-test",
            token_public_key=_keys(folder),
        )
        self.runtime = Runtime(settings, engine, Metrics(), json_log("reportcard", "test"), lambda: NOW)
        app = FastAPI()
        install_errors(app, self.runtime.log)
        app.include_router(api.router)
        app.state.runtime = self.runtime
        self.app = api.before(app)
        self.http = TestClient(self.app, follow_redirects=False)

    def send(self, messages: Sequence[Event], topic: Any = EDITIONS) -> Handled:
        """One batch on a topic."""
        start = self._offsets[topic.name]
        batch = [
            Message(topic.name, 0, start + place, STATE.encode(), event.to_bytes())
            for place, event in enumerate(messages)
        ]
        self._offsets[topic.name] += len(batch)
        return self._transactions.handle(batch)

    def take(self, edition: Edition) -> None:
        """An edition, whole, and its cards built."""
        self.send(edition.scores)
        self.send(edition.designations, DESIGNATIONS)
        timer.build(self.runtime)

    def release(self, edition: Edition) -> Any:
        """What the state's client gets for a release."""
        body = {"edition_id": str(edition.edition_id)}
        return self.http.post("/releases", json=body, headers=self.bearer("state"))

    def token(self, kind: str, district: str | None = None, state: str = STATE) -> str:
        """An access token."""
        token, _ = tokens.issue(self._private, "client-1", kind, district, state, datetime.now(UTC))
        return token

    def bearer(self, kind: str, district: str | None = None, state: str = STATE) -> dict[str, str]:
        """The header of a client."""
        return {"Authorization": f"Bearer {self.token(kind, district, state)}"}

    def out(self, topic: Any) -> list[Any]:
        """What the service wrote for a topic."""
        query = sa.select(outbox.rows.c.value).where(outbox.rows.c.topic == topic.name).order_by(outbox.rows.c.id)
        with self.engine.connect() as connection:
            return [topic.decode(value) for value in connection.execute(query).scalars()]

    def rejections(self) -> list[Any]:
        """What was refused."""
        return self.out(REJECTIONS)


def _keys(folder: Path) -> Path:
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "private.pem").write_bytes(secret)
    public = folder / "public.pem"
    public.write_bytes(
        key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return public
