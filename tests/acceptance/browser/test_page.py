"""The page in a real browser: a rollout followed live, decisions clicked, nothing hostile let in."""

import importlib.util
import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


def decide(page, action, reason):
    page.click(f"#do-{action} > summary")
    page.fill(f"#{action}-reason", reason)
    page.click(f"#do-{action} form button")


def test_a_rollout_is_followed_live_approved_and_rolled_back(site, visit):
    shown = visit()
    page = shown.page
    page.wait_for_selector("#live.on")
    page.evaluate("window.same = true")
    with site.traffic():
        page.wait_for_selector("#do-approve", timeout=300_000)  # two fits, on whatever machine this is
        shown.until("document.querySelector('#traffic .tile dd').textContent.match(/^[1-9]/) !== null")
        page.wait_for_selector("#quality .plot .line")
        decide(page, "approve", "it reads well")
        page.wait_for_selector("#rollout .steps .now:has-text('20%')")
        page.wait_for_selector("#champion .shares .is-candidate")
        page.wait_for_selector("#rollout .evidence tbody tr")
        decide(page, "roll-back", "I changed my mind")
        page.wait_for_selector("#rollout .card-top:has-text('rolled back')")
        page.wait_for_selector("#happened:has-text('changed my mind')")
    assert page.evaluate("window.same"), "the page was loaded anew"
    told = [event.reason for event in site.workspace.events(newest=30, subject="endpoint:tumours")]
    assert any("it reads well" in reason for reason in told)
    assert any("I changed my mind" in reason for reason in told)


def test_what_is_typed_and_open_stays_while_the_page_moves_on(site, visit):
    page = visit().page
    page.wait_for_selector("#live.on")
    page.click("#do-roll-back > summary")
    page.fill("#roll-back-reason", "half a sen")
    site.workspace.loop("tumours").pause("while somebody types")
    page.wait_for_selector("#happened:has-text('While somebody types')")
    assert page.input_value("#roll-back-reason") == "half a sen"
    assert page.evaluate("document.activeElement.id") == "roll-back-reason"
    site.workspace.loop("tumours").resume()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing_and_nothing_overflows(site, visit, size, scheme):
    axe = pytest.importorskip("axe_playwright_python.base").AXE_SCRIPT
    page = visit(color_scheme=scheme, **size).page
    page.wait_for_selector("#live.on")
    for details in page.query_selector_all("details"):
        details.evaluate("(e) => { if (!e.matches('.action')) e.open = true }")
    page.click("#do-roll-back > summary")
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    assert found["passes"], "it looked at nothing"
    assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_without_a_script_everything_is_shown_and_the_buttons_work(site, visit):
    page = visit(java_script_enabled=False).page
    assert "not live" in page.inner_text("#live")
    before = site.workspace.endpoint("tumours").status().champion
    page.click("#do-roll-back > summary")
    page.fill("#roll-back-reason", "without a script")
    page.click("#do-roll-back form button")
    assert "Rolled back" in page.inner_text("#notice")
    assert site.workspace.endpoint("tumours").status().champion != before
    page.reload()
    assert page.inner_text("#notice") == ""
    put_back(site, before)


def test_hostile_texts_run_nothing(site, visit):
    """Check A6: a hundred of them, each the reason of an event, as page and as live part."""
    shown = visit()
    page = shown.page
    page.wait_for_selector("#live.on")
    champion = site.workspace.endpoint("tumours").status().champion
    for number, text in enumerate(hostile()):
        site.workspace.version(f"tumours@{1 + number % 2}").deploy("tumours", override=text)
        if number % 20 == 19:
            newest = site.workspace.events(newest=1)[0].sequence
            page.wait_for_selector(f"#event-{newest}")
            page.reload()
    page.click("#earlier > summary")
    assert page.evaluate("window.hit") is None
    assert page.query_selector_all("#happened img, #happened script, #happened iframe") == []
    put_back(site, champion)


def test_a_lost_server_is_told_and_found_again(site, visit):
    shown = visit()
    page = shown.page
    page.wait_for_selector("#live.on")
    assert site.stop() == 143
    page.wait_for_selector("#live.lost")
    site.start()
    page.goto(site.link())
    page.wait_for_selector("#live.on")
    shown.complaints.clear()  # the browser tells of the connections that were refused meanwhile


def put_back(site, champion):
    site.workspace.version(champion).deploy("tumours", override="as it was")


def hostile() -> list[str]:
    path = Path(__file__).parents[2] / "unit" / "web" / "hostile.py"
    spec = importlib.util.spec_from_file_location("hostile", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert re.search("<script", "".join(module.HOSTILE))
    return module.HOSTILE
