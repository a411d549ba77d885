"""What a reader does with a browser: search, read a card, follow a receipt, print, preview. JavaScript is off."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.site import browser as finding
from tests.site.conftest import Site

MASKS = {"<10", "*", "<5%", ">95%"}


def test_a_parent_finds_a_school_by_name_and_follows_a_number_to_its_receipt(site: Site, page: Page) -> None:
    page.goto(site.address)
    page.get_by_label("Name of a school or district").fill("school 001")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="School 001").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("School 001")
    table = page.get_by_role("table", name="Reading: growth, all students")
    shown = table.get_by_role("row").filter(has_text="All students").get_by_role("cell").all_inner_texts()
    rate, _, counted, students = shown
    table.get_by_role("row").filter(has_text="All students").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reading: growth, all students, All students")
    arithmetic = (
        f"{counted} students' credit of {students} students: {counted} ÷ {students} × 100 = {rate}, rounded half-up."
    )
    expect(page.get_by_text(arithmetic)).to_be_visible()
    expect(page.get_by_text("COMP-2").first).to_be_visible()


def test_a_receipt_tells_who_is_left_out_in_bands_only(site: Site, page: Page) -> None:
    """23 students were not there for the whole year: 10-49. 3 had no score: how many follows from nothing."""
    page.goto(f"{site.address}/explain/{site.released.edition_id}/school/S001/reading.proficiency")
    left_out = page.get_by_role("table", name="Students left out, in bands")
    expect(left_out.get_by_role("row").filter(has_text="full academic year")).to_contain_text("10-49")
    expect(left_out.get_by_role("row").filter(has_text="no score")).to_contain_text("*")


def test_the_total_is_explained_down_to_the_letter(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/schools/S001")
    page.locator(".points .number").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Total points and letter")
    expect(page.get_by_role("table", name="The components")).to_contain_text("Mathematics: growth, all students")
    expect(page.get_by_role("table", name="Letters: the least points for each")).to_contain_text("442")


def test_a_year_is_chosen_from_the_card(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/schools/S001")
    page.get_by_role("navigation", name="School years").get_by_role("link", name="2023-24").click()
    expect(page.locator(".about")).to_contain_text("2023-24")


def test_sections_stand_in_the_laws_order_with_their_year(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/schools/S001")
    titles = page.locator("article h2").all_inner_texts()
    wanted = [
        "Accountability grade and its components",
        "Progress toward statewide goals",
        "Statewide assessment results",
    ]
    wanted += ["High school graduation", "Per-pupil expenditures", "School improvement", "Teachers and educator equity"]
    assert titles == [*wanted, "Suspensions and expulsions", "Signs in place of numbers"]
    graduation = page.get_by_role("region", name="High school graduation")
    expect(graduation).to_contain_text("Numbers of: class of 2024.")
    expect(graduation.get_by_role("row").filter(has_text="All students")).to_contain_text("85.0%")  # 40 + 45 of 100
    expect(graduation).not_to_contain_text("Foster care")
    expect(page.get_by_role("table", name="Reading: performance levels")).to_contain_text("Foster care")


def test_money_is_told_with_its_caution_and_its_receipt(site: Site, page: Page) -> None:
    """12,018,013.40 / 1,222 = 9,834.708: $9,834.71; a method without a divisor has no number, not zero."""
    page.goto(f"{site.address}/schools/S001")
    spending = page.get_by_role("region", name="Per-pupil expenditures")
    expect(spending).to_contain_text("Compare with care")
    expect(spending.get_by_role("row").filter(has_text="superintendent")).to_contain_text("not available")
    expect(page.get_by_role("region", name="Teachers and educator equity")).to_contain_text("16.67%")
    spending.get_by_role("link", name="$9,834.71").click()
    expect(page.get_by_text("12018013.4 ÷ 1222 = $9,834.71, rounded half-up.")).to_be_visible()
    expect(page.get_by_text("PPE-1").first).to_be_visible()


def test_goals_are_told_with_their_measure_and_their_receipt(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/schools/S001")
    goals = page.get_by_role("region", name="Progress toward statewide goals")
    reading = goals.get_by_role("table", name="Reading: proficiency")
    expect(reading.get_by_role("row").filter(has_text="All students")).to_contain_text("57.5% (2021-22)")
    expect(reading.get_by_role("row").filter(has_text="Female")).to_have_count(0)
    reading.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Progress toward goals")
    expect(page.get_by_text("reportcard.goal_tables")).to_be_visible()


def test_no_sample_is_made_up_where_none_is_loaded(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/state")
    samples = page.get_by_role("region", name="National Assessment of Educational Progress")
    expect(samples).to_contain_text("No administration is loaded.")


def test_a_school_goes_by_its_newest_name_in_every_year(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/schools/S001?year=2023-24")
    expect(page.get_by_role("heading", level=1)).to_have_text("School 001")
    expect(page.get_by_text("In 2023-24: Old Mill School")).to_be_visible()
    page.goto(f"{site.address}/schools/S001")
    expect(page.get_by_text("Names: School 001 (2024-25); Old Mill School (2023-24)")).to_be_visible()


def test_the_data_map_shows_no_measure_of_two_years(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/map")
    expect(page.get_by_role("table", name="Measures on the map")).to_have_count(0)
    few = page.get_by_role("table", name="Measures with too few consecutive years")
    expect(few.get_by_role("row").filter(has_text="Graduation")).to_contain_text("yes")


def test_bars_stand_only_where_a_number_or_its_range_is_printed(site: Site, browser: Browser) -> None:
    """A bar of a masked number would give it away by its width; a range's bar is as wide as the range."""
    seen = {"exact": 0, "range": 0, "masked": 0}
    page = browser.new_page()
    for address in ("/schools/S000", "/schools/S001", "/districts/D01", "/state"):
        page.goto(site.address + address)
        cells = page.evaluate(
            """() => [...document.querySelectorAll('td:has(.number)')].map(cell => [cell.innerText.trim(),
                [cell, cell.nextElementSibling].filter(e => e === cell || e?.className === 'drawn')
                .flatMap(e => [...e.querySelectorAll('svg rect')].map(r => r.getAttribute('width')))])"""
        )
        for text, widths in cells:
            if text in MASKS:
                seen["masked"] += 1
                assert widths == [], (address, text)
            elif match := re.fullmatch(r"(\d+)-(\d+)%", text):
                seen["range"] += 1
                assert widths == ["100", str(int(match[2]) - int(match[1]))], (address, text)
            elif text.endswith("%") and widths:
                seen["exact"] += 1
                assert widths == ["100", text.removesuffix("%")], (address, text)
    assert all(seen.values()), seen
    page.close()


def test_every_table_has_a_caption_and_scoped_headings(site: Site, page: Page) -> None:
    for address in ("/?q=school", "/schools/S001", "/districts/D01", "/state", "/editions", "/map"):
        page.goto(site.address + address)
        assert page.locator("html").get_attribute("lang") == "en"
        assert page.locator("h1").count() == 1
        assert page.locator("table").count() == page.locator("table > caption").count() > 0
        assert page.locator("th:not([scope])").count() == 0
        assert page.locator("input:not([type=hidden]), select, textarea").count() == page.locator("form label").count()


def test_text_is_dark_enough_on_its_ground(site: Site, browser: Browser) -> None:
    """At least 4.5 to 1 for every text, computed from the colours the browser really uses."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{site.address}/schools/S001")
    pairs = page.evaluate(
        """() => [...document.querySelectorAll('main *, header *, footer *')]
            .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
            .map(e => { let g = e; while (g && getComputedStyle(g).backgroundColor === 'rgba(0, 0, 0, 0)')
                g = g.parentElement; return [getComputedStyle(e).color,
                g ? getComputedStyle(g).backgroundColor : 'rgb(255, 255, 255)']; })"""
    )
    assert len(pairs) > 100
    for ink, ground in {tuple(pair) for pair in pairs}:
        assert _contrast(ink, ground) >= 4.5, (ink, ground)
    context.close()


def test_nothing_is_fetched_from_elsewhere_and_no_script_runs(site: Site, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.address}/schools/S001")
    assert asked
    assert all(address.startswith(site.address) for address in asked)
    assert page.locator("script").count() == 0
    context.close()


def test_a_card_prints_without_the_navigation(site: Site, page: Page) -> None:
    page.goto(f"{site.address}/schools/S001")
    expect(page.get_by_role("navigation", name="Site")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("navigation", name="Site")).to_be_hidden()
    assert len(page.pdf()) > 10_000


def test_a_district_logs_in_and_previews_its_own_school_only(site: Site, page: Page) -> None:
    preview = f"{site.address}/preview/{site.unreleased.edition_id}"
    page.goto(f"{preview}/schools/S001")  # S001 is a school of D01
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in to see previews")
    page.get_by_label("Access token").fill(site.service.token("district", "D01"))
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("School 001")
    expect(page.get_by_text("Preview.")).to_be_visible()
    page.locator(".points .number").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Total points and letter")
    refused = page.goto(f"{preview}/schools/S002")
    assert refused is not None
    assert refused.status == 403


def test_a_wrong_address_gives_a_clear_page(site: Site, page: Page) -> None:
    answer = page.goto(f"{site.address}/schools/nowhere")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_text("no school with this number")).to_be_visible()


def test_without_a_browser_the_tests_fail_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCHOOLMARK_BROWSER", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(finding, "PLACES", ())
    with pytest.raises(finding.NoBrowser, match="apt-get install -y --no-install-recommends chromium"):
        finding.executable()


def _contrast(ink: str, ground: str) -> float:
    light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(float(part)) / 255 for part in re.findall(r"[\d.]+", colour)[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
