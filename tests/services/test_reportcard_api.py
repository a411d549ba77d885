"""Who may see and do what at reportcard: every route, every kind of client; each refusal has a twin that succeeds."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from shared.events.editions import Amount
from shared.policy import reader
from shared.runtime.database import prepare
from tests.services.reportcard_builders import Edition, School, Service, make_edition, random_state

STATE = random_state(3, 2, 5)  # S000, S002, S004 in D00; S001, S003 in D01
RELEASED = make_edition(STATE, cut=1)
UNRELEASED = make_edition(STATE, cut=2)
CLIENTS = ("nobody", "state", "own", "other", "foreign")


@pytest.fixture
def service(database_url: str, folder: Path) -> Service:
    made = Service(prepare(database_url, "reportcard"), folder)
    made.take(RELEASED)
    made.take(UNRELEASED)
    made.release(RELEASED)
    return made


def get(service: Service, path: str, client: str, accept: str = "application/json") -> Any:
    headers = {
        "nobody": {},
        "state": service.bearer("state"),
        "own": service.bearer("district", "D01"),
        "other": service.bearer("district", "D00"),
        "foreign": service.bearer("state", state="elsewhere"),
    }[client]
    return service.http.get(path, headers={**headers, "Accept": accept})


PUBLIC = (
    "/",
    "/?q=school",
    "/site.css",
    "/schools/S001",
    "/schools/S001.json",
    "/schools/S001.csv",
    "/districts/D01",
    "/districts/D01.json",
    "/districts/D01.csv",
    "/state",
    "/state.json",
    "/state.csv",
    "/map",
    "/map.json",
    "/names.json",
    "/editions",
    "/login",
)


@pytest.mark.parametrize("path", PUBLIC)
def test_released_cards_are_for_everyone_and_the_same_for_everyone(service: Service, path: str) -> None:
    answers = [get(service, path, client) for client in CLIENTS]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


@pytest.mark.parametrize("suffix", ["", ".json", ".csv"])
@pytest.mark.parametrize(
    ("page", "allowed"),
    [("/schools/S001", {"state", "own"}), ("/districts/D01", {"state", "own"}), ("/state", {"state"})],
)
def test_previews_are_for_the_state_and_a_districts_own(
    service: Service, page: str, allowed: set[str], suffix: str
) -> None:
    path = f"/preview/{UNRELEASED.edition_id}{page}{suffix}"
    answers = {client: get(service, path, client).status_code for client in CLIENTS}
    refused = {"nobody": 401, "foreign": 401, "own": 403, "other": 403}
    assert answers == {client: 200 if client in allowed else refused[client] for client in CLIENTS}


@pytest.mark.parametrize("tail", ["points", "reading.proficiency", "reading.growth/female", "reading.level/all.json"])
def test_receipts_of_a_preview_are_guarded_like_it(service: Service, tail: str) -> None:
    path = f"/preview/{UNRELEASED.edition_id}/explain/school/S001/{tail}"
    answers = {client: get(service, path, client).status_code for client in CLIENTS}
    assert answers == {"nobody": 401, "state": 200, "own": 200, "other": 403, "foreign": 401}


def test_an_unreleased_edition_is_not_public_under_any_address(service: Service) -> None:
    for path in (
        f"/explain/{UNRELEASED.edition_id}/school/S001/points",
        f"/explain/{UNRELEASED.edition_id}/school/S001/points.json",
        f"/editions/{UNRELEASED.edition_id}/changes",
        f"/editions/{UNRELEASED.edition_id}/changes.json",
    ):
        assert get(service, path, "nobody").status_code == 404
        assert (
            get(service, path.replace(str(UNRELEASED.edition_id), str(RELEASED.edition_id)), "nobody").status_code
            == 200
        )
    assert str(UNRELEASED.edition_id) not in get(service, "/editions", "nobody").text
    assert get(service, "/schools/S001.json", "nobody").json()["edition_id"] == str(RELEASED.edition_id)


def test_a_district_learns_nothing_of_a_school_that_is_not_its_own(service: Service) -> None:
    there = get(service, f"/preview/{UNRELEASED.edition_id}/schools/S000.json", "own")
    nowhere = get(service, f"/preview/{UNRELEASED.edition_id}/schools/none.json", "own")
    assert there.status_code == nowhere.status_code == 403
    assert {**there.json(), "correlationId": ""} == {**nowhere.json(), "correlationId": ""}
    assert get(service, f"/preview/{UNRELEASED.edition_id}/schools/none.json", "state").status_code == 404


@pytest.mark.parametrize(("client", "status"), [("nobody", 401), ("foreign", 401), ("own", 403), ("state", 200)])
def test_only_the_state_releases(service: Service, client: str, status: int) -> None:
    headers = {
        "nobody": {},
        "foreign": service.bearer("state", state="elsewhere"),
        "own": service.bearer("district", "D01"),
        "state": service.bearer("state"),
    }[client]
    answer = service.http.post("/releases", json={"edition_id": str(UNRELEASED.edition_id)}, headers=headers)
    assert answer.status_code == status


def test_editions_are_listed_by_who_asks(service: Service) -> None:
    public = get(service, "/api/editions", "nobody").json()
    assert [one["edition_id"] for one in public] == [str(RELEASED.edition_id)]
    assert set(public[0]) == {"edition_id", "school_year", "released_at", "fingerprint", "stale_because"}
    for client in ("state", "own"):
        assert [one["state"] for one in get(service, "/api/editions", client).json()] == ["released", "built"]
    assert get(service, "/api/editions", "foreign").status_code == 401


def test_a_bad_release_request_is_told_where_and_why(service: Service) -> None:
    for body in ({}, {"edition_id": "x"}, {"edition_id": str(RELEASED.edition_id), "more": 1}):
        answer = service.http.post("/releases", json=body, headers=service.bearer("state"))
        assert answer.status_code == 400
        assert answer.json()["validationErrors"]


def test_a_browser_is_led_to_the_login_and_back(service: Service) -> None:
    path = f"/preview/{UNRELEASED.edition_id}/schools/S001"
    led = get(service, path, "nobody", accept="text/html")
    assert (led.status_code, led.headers["location"]) == (303, f"/login?next={path}")
    wrong = service.http.post("/login", data={"token": "nonsense", "next": path})
    assert wrong.status_code == 401
    assert "nonsense" not in wrong.text
    right = service.http.post("/login", data={"token": service.token("district", "D01"), "next": path})
    assert (right.status_code, right.headers["location"]) == (303, path)
    cookie = right.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert service.http.get(path).status_code == 200  # the client keeps the cookie
    assert service.http.get(path.replace("S001", "S000")).status_code == 403
    assert service.http.post("/logout").status_code == 303
    assert service.http.get(path).status_code == 401


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/preview//x", "/\\x"])
def test_the_login_leads_to_this_site_only(service: Service, target: str) -> None:
    answer = service.http.post("/login", data={"token": service.token("state"), "next": target})
    assert answer.headers["location"] == "/editions"


def test_a_public_page_is_kept_by_its_bytes_and_a_preview_by_nobody(service: Service) -> None:
    first = get(service, "/schools/S001.json", "nobody")
    again = service.http.get("/schools/S001.json", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = get(service, "/schools/S003.json", "nobody")
    assert other.headers["etag"] != first.headers["etag"]
    preview = get(service, f"/preview/{UNRELEASED.edition_id}/schools/S001.json", "state")
    assert preview.headers["cache-control"] == "private, no-store"
    assert "etag" not in preview.headers


def test_a_year_picks_its_released_edition(service: Service) -> None:
    older = make_edition(STATE, cut=3, year="2023-24")
    service.take(older)
    assert get(service, "/schools/S001.json?year=2023-24", "nobody").status_code == 404
    service.release(older)
    assert _edition(service, "?year=2023-24") == str(older.edition_id)
    assert _edition(service, "?year=2024-25") == _edition(service, "") == str(RELEASED.edition_id)
    assert get(service, "/schools/S001.json?year=last", "nobody").status_code == 400


def test_a_later_edition_of_a_year_takes_its_place_when_released(service: Service) -> None:
    assert _edition(service, "") == str(RELEASED.edition_id)
    service.release(UNRELEASED)
    assert _edition(service, "") == str(UNRELEASED.edition_id)


def test_lists_are_ordered_by_name(service: Service) -> None:
    members = get(service, "/districts/D00.json", "nobody").json()["members"]
    assert [one["name"] for one in members] == ["School 000", "School 002", "School 004"]
    text = get(service, "/?q=district d0", "nobody").text
    assert text.index("District D00</a>") < text.index("District D01</a>") < text.index("School 000</a>")


@pytest.mark.parametrize("text", ["%", "_", "100%", "\\", "'; drop table card; --", "\x00"])
def test_a_search_takes_any_text(service: Service, text: str) -> None:
    answer = service.http.get("/", params={"q": text})
    assert answer.status_code == 200
    assert "0 found" in answer.text


def test_the_csv_twin_holds_what_the_json_holds(service: Service) -> None:
    card = get(service, "/schools/S001.json", "nobody").json()
    wanted = {
        (part["section"], block["measure"], row["subgroup"], name): (
            cell["display"],
            str(cell.get("numerator", "")),
            str(cell.get("denominator", "")),
            row["explain"],
            part["year"],
        )
        for part in card["sections"]
        for block in (*card["measures"], *card["participation"], *card["levels"])
        if block["measure"] in part["measures"]
        for row in block["rows"]
        for name, cell in zip(block.get("names", [""]), row.get("cells") or [row["cell"]], strict=True)
    }
    sections = {section for section, *_ in wanted}
    assert sections == {"assessments"}
    told = ("display", "numerator", "denominator", "explain", "numbers_of")
    found = {
        (row["section"], row["measure"], row["subgroup"], row["member"]): tuple(row[name] for name in told)
        for row in csv.DictReader(io.StringIO(get(service, "/schools/S001.csv", "nobody").text))
        if row["section"] in sections
    }
    assert found == wanted


def by_grade() -> list[School]:
    """S000 and S001 give grade 3, S001 grade 4 as well; of 12 in the alternate program at S001 each level has four."""
    made = [School("S000", "D00"), School("S001", "D01")]
    for school, program, test, levels, students in (
        (made[0], "maap", "grade-3", 5, 40),
        (made[1], "maap", "grade-3", 5, 20),
        (made[1], "maap", "grade-4", 5, 30),
        (made[1], "maap-a", "grade-4", 3, 12),
    ):
        for level in range(1, levels + 1):
            of = f"reading:{program}:{test}__level__"
            credit = {f"{of}{rank}": rank == level for rank in range(1, levels + 1)}
            credit |= {f"reading__level__{rank}": rank == level for rank in range(1, 6)} if program == "maap" else {}
            credit["reading__proficiency"] = level >= (4 if program == "maap" else 3)
            school.add(students // levels, ["female", "white"], **credit)
    return made


def test_page_json_and_csv_tell_the_same_of_tests(service: Service) -> None:
    """Only what a school gives, each program's levels by their own names; where one program's test is, so are all."""
    newest = make_edition(by_grade(), cut=5)
    service.take(newest)
    service.release(newest)
    for school, given in (("S000", ["maap:grade-3"]), ("S001", ["maap:grade-3", "maap:grade-4", "maap-a:grade-4"])):
        card = get(service, f"/schools/{school}.json", "nobody").json()
        page = get(service, f"/schools/{school}", "nobody").text
        rows = list(csv.DictReader(io.StringIO(get(service, f"/schools/{school}.csv", "nobody").text)))
        (part,) = [part for part in card["sections"] if part["section"] == "tests"]
        assert part["measures"] == [f"reading:{test}.level" for test in given]
        blocks = {block["measure"]: block for block in card["levels"]}
        assert set(blocks) == {"reading.level", *part["measures"]}
        wanted = [
            (measure, row["subgroup"], name, cell["display"], str(cell.get("denominator", "")))
            for measure in part["measures"]
            for row in blocks[measure]["rows"]
            for name, cell in zip(blocks[measure]["names"], row["cells"], strict=True)
        ]
        told = ("measure", "subgroup", "member", "display", "denominator")
        assert [tuple(row[name] for name in told) for row in rows if row["section"] == "tests"] == wanted
        for measure in part["measures"]:
            assert f"<caption>{blocks[measure]['label']}</caption>" in page
            assert get(service, f"{blocks[measure]['rows'][0]['explain']}", "nobody").status_code == 200
    alternate = blocks["reading:maap-a:grade-4.level"]
    assert alternate["label"] == "Reading, MAAP-A, grade 4: performance levels"
    assert alternate["names"] == ["Basic", "Passing", "Proficient"]
    everyone = {row["subgroup"]: row["cells"] for row in alternate["rows"]}["all"]
    assert [(cell["display"], cell["numerator"], cell["denominator"]) for cell in everyone] == [("33.3%", 4, 12)] * 3
    assert {cell["display"] for row in alternate["rows"] if row["subgroup"] == "male" for cell in row["cells"]} == {
        "<10"
    }


AMOUNT = Amount(measure="spending.essa", numerator="-9", denominator="2", unit="dollars")


def test_page_json_and_csv_tell_the_same_of_goals_and_amounts(service: Service) -> None:
    """-9 / 2 = -4.5 dollars: a number that begins with a sign is no formula."""
    newest = make_edition(STATE, cut=4, amounts=[AMOUNT])
    service.take(newest)
    service.release(newest)
    card = get(service, "/schools/S001.json", "nobody").json()
    page = get(service, "/schools/S001", "nobody").text
    rows = list(csv.DictReader(io.StringIO(get(service, "/schools/S001.csv", "nobody").text)))
    parts = {part["section"]: part for part in card["sections"]}
    (amount,) = parts["spending"]["amounts"]
    assert amount["cell"] == {"display": "-$4.50", "amount": "-9", "divided_by": "2"}
    (told,) = [row for row in rows if row["section"] == "spending"]
    assert (told["display"], told["numerator"], told["denominator"]) == ("'-$4.50", "-9", "2")
    assert ">-$4.50</a>" in page
    found = {
        (row["measure"], row["subgroup"], row["member"]): row["display"] for row in rows if row["section"] == "goals"
    }
    wanted = {
        (goal["measure"], row["subgroup"], name): row[name] or ""
        for goal in parts["goals"]["goals"]
        for row in goal["rows"]
        for name in ("baseline", "interim", "status", "gap")
    }
    assert {key: value for key, value in found.items() if key[2] != "goal"} == wanted
    assert set(wanted.values()) >= {"SUPPRESSED", "NOT_MET", "57.5"}
    assert page.count("withheld</a>") == list(wanted.values()).count("SUPPRESSED")


def test_a_measure_is_on_the_map_after_three_consecutive_years(service: Service) -> None:
    """2022-23, 2023-24 and 2024-25, whose numbers are masked in one: on the map; 2021-22 missing before 2020-21."""
    for cut, year in ((5, "2020-21"), (6, "2022-23")):
        edition = make_edition(STATE, cut=cut, year=year)
        service.take(edition)
        service.release(edition)
    told = get(service, "/map.json", "nobody").json()
    assert (told["consecutive_years"], told["years"]) == (3, ["2024-25", "2022-23", "2020-21"])
    assert {row["on_map"] for row in told["measures"]} == {False}
    masked = make_edition([School("S001", "D01").add(6, [], reading__proficiency=0.5)], cut=7, year="2023-24")
    service.take(masked)
    service.release(masked)
    rows = {row["measure"]: row for row in get(service, "/map.json", "nobody").json()["measures"]}
    assert rows["reading.proficiency"]["on_map"]
    assert rows["reading.proficiency"]["years"]["2023-24"] == "<10"
    assert not rows["math.proficiency"]["on_map"]
    assert get(service, "/map.xml", "nobody").status_code == 404


def test_a_name_may_change_and_the_id_stays(service: Service) -> None:
    case = reader.read(Path(__file__).parents[1] / "cases" / "reportcard" / "meta_1.yaml")
    for cut, (year, name) in enumerate(case["names"].items(), start=8):
        schools = random_state(3, 2, 5)
        schools[1].name = name
        edition = make_edition(schools, cut=cut, year=year)
        service.take(edition)
        service.release(edition)
    older = get(service, "/schools/S001.json?year=2023-24", "nobody").json()
    assert (older["current_name"], older["name"]) == (case["current"], case["names"]["2023-24"])
    assert {one["school_year"]: one["name"] for one in older["names"]} == case["names"]
    members = get(service, "/districts/D01.json?year=2023-24", "nobody").json()["members"]
    assert [one["name"] for one in members] == [case["current"], "School 003"]
    index = {(one["level"], one["entity_id"]): one for one in get(service, "/names.json", "nobody").json()}
    assert index["school", "S001"] == {
        "level": "school", "entity_id": "S001", "name": case["current"], "names": case["names"],
    }  # fmt: skip


def test_what_is_not_there_is_told_clearly(service: Service) -> None:
    page, data = get(service, "/schools/none", "nobody"), get(service, "/schools/none.json", "nobody")
    assert page.status_code == data.status_code == 404
    assert "no school with this number" in page.text
    assert data.json()["type"] == "urn:ed-fi:api:not-found"
    for path in (
        "/schools/%00",
        "/schools/%00.json",
        "/districts/%00.csv",
        "/statements",
        "/state.xml",
        f"/explain/{RELEASED.edition_id}/school/S001/reading.proficiency/nobody",
    ):
        assert get(service, path, "nobody").status_code == 404


def _edition(service: Service, query: str) -> str:
    found: Edition = get(service, f"/schools/S001.json{query}", "nobody").json()["edition_id"]
    return str(found)
