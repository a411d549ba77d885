"""The site, served over HTTP from a real database, and a browser to read it with."""

import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from shared.events.editions import Amount
from shared.runtime.database import prepare
from tests.services.reportcard_builders import Edition, School, Service, make_edition, random_state
from tests.site.browser import executable


@dataclass(frozen=True)
class Site:
    """A released edition of 2024-25, one of 2023-24, a built one that corrects 2024-25, and the address of the site."""

    address: str
    service: Service
    released: Edition
    older: Edition
    unreleased: Edition


def state(seed: int = 5) -> list[School]:
    """Six schools of two districts; S000 is very small."""
    schools = random_state(seed, 2, 6)
    tiny = School("S000", "D00", "Tiny School").add(6, ["female"], reading__proficiency=0.5, math__proficiency=0.5)
    for school in schools[1:]:
        school.add(50, ["male", "white", "foster_care"], graduation__rate=0.8, discipline__in_school_suspension=0.1)
        school.add(50, ["female", "black"], graduation__rate=0.9, discipline__in_school_suspension=0.06)
    return [tiny, *schools[1:]]


AMOUNTS = (
    Amount(measure="spending.essa", numerator="12018013.4", denominator="1222", unit="dollars"),
    Amount(measure="spending.superintendent", numerator="1", denominator=None, unit="dollars"),
    Amount(measure="teachers.out_of_field", numerator="0.5", denominator="3", unit="fte"),
)


@pytest.fixture
def site(database_url: str, folder: Path) -> Iterator[Site]:
    service = Service(prepare(database_url, "reportcard"), folder)
    before = state(4)
    before[1].name = "Old Mill School"
    older = make_edition(before, cut=1, year="2023-24", amounts=AMOUNTS)
    released = make_edition(state(), cut=2, amounts=AMOUNTS)
    corrected = state()
    corrected[1].add(10, ["male", "white"], reading__proficiency=1)
    unreleased = make_edition(corrected, cut=3)
    for edition in (older, released, unreleased):
        service.take(edition)
    assert service.release(older).status_code == service.release(released).status_code == 200
    port = _free_port()
    server = uvicorn.Server(uvicorn.Config(service.app, port=port, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield Site(f"http://127.0.0.1:{port}", service, released, older, unreleased)
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a reader without JavaScript, which the site does not need."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port
