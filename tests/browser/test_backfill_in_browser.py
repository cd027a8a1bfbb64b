"""An administrator's whole job by mouse and by keyboard: preview, execute, watch, decide, sign off, undo."""

import re
from typing import Any

import pytest

from accounts.demo.people import PASSWORD
from tests.browser.site import Site

pytestmark = [pytest.mark.engine, pytest.mark.browser, pytest.mark.django_db]

BACKFILLS = "/admin/backfills/"
ROUTED = "SELECT count(*) FROM payments WHERE route_id IS NOT NULL"


def log_in(page: Any, site: Site, who: str = "larkfield.admin@example.com") -> None:
    """Log in as one of the demo's people and arrive at the backfills."""
    page.goto(site.address(f"/admin/login/?next={BACKFILLS}"))
    page.fill("#id_username", who)
    page.fill("#id_password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(f"**{BACKFILLS}")


def preview(page: Any) -> int:
    """Preview, and give how many rows would be written."""
    page.click("main a:has-text('Payment routes'), #content a:has-text('Payment routes')")
    page.click("#preview")
    words = page.inner_text("#do-execute")
    return int(re.search(r"[\d,]+", words).group().replace(",", ""))


def confirm(page: Any, reason: str) -> None:
    """Say why, and do it."""
    page.fill("#reason", reason)
    page.click("#confirm")


def wait_for_status(page: Any, status: str) -> None:
    """Wait until the page shows this state, without a reload by the test."""
    page.wait_for_selector(f"#run-body[data-status={status}]")


def test_preview_execute_watch_decide_sign_off_and_undo(site, page):
    before = site.scratch.one(ROUTED)
    log_in(page, site)
    would_write = preview(page)
    assert would_write > 0 and site.scratch.one(ROUTED) == before

    page.click("#do-execute")
    confirm(page, "TICKET-1")
    wait_for_status(page, "PENDING")
    run = page.url
    page.evaluate("window.was_not_reloaded = true")
    site.start_worker()
    wait_for_status(page, "SUCCEEDED")
    assert page.evaluate("window.was_not_reloaded") is True
    assert site.scratch.one(ROUTED) == before + would_write
    assert (
        page.locator("text=Broken").count() == 0
        and page.locator("section[aria-label=Verification] tbody tr").count() >= 3
    )

    page.click("#decide")
    decide_one(page)
    decide_the_rest(page)
    assert site.scratch.one("SELECT count(*) FROM backfill_findings WHERE decision IS NOT NULL") >= 2

    page.goto(run)
    page.click("#do-sign-off")
    assert "[x] Passed" in page.inner_text("main") and "TICKET-1" in page.inner_text("main")
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")

    decided = site.scratch.one(ROUTED) - before - would_write
    page.goto(run)
    page.click("#do-undo")
    assert f"put back {would_write}" in page.inner_text("#confirm")
    confirm(page, "TICKET-2: wrong day")
    wait_for_status(page, "SUCCEEDED")
    assert site.scratch.one(ROUTED) == before + decided
    page.goto(run)
    assert "Undone" in page.inner_text("#run-body")


def decide_one(page: Any) -> None:
    """Decide the first row; the next takes its place."""
    rows = page.locator(".bf-finding")
    rows.first.wait_for()
    waiting, first = rows.count(), rows.first.get_attribute("id")
    rows.first.locator("input[name=reason]").fill("found in the cash book")
    rows.first.locator("button[value=take_sale_route]").click()
    page.wait_for_selector("text=1 row decided")
    assert rows.count() == waiting - 1 and rows.first.get_attribute("id") != first
    assert page.url.endswith(f"#{rows.first.get_attribute('id')}")


def decide_the_rest(page: Any) -> None:
    """Check all rows that are left and decide them at once."""
    page.check("#check-all")
    left = page.locator(".bf-finding").count()
    assert page.inner_text("#checked") == f"{left} checked"
    page.fill("#bulk-reason", "nobody remembers")
    page.click("#bulk button[value=keep]")
    page.wait_for_selector(f"text={left} row")
    assert "Nothing waits for a decision" in page.inner_text("#finding-list")
    page.click(".bf-tabs a:has-text('Decided')")
    page.wait_for_selector(".bf-decided:has-text('nobody remembers')")
    assert page.locator(".bf-decided:has-text('found in the cash book')").count() >= 1


def test_the_main_buttons_work_by_keyboard_and_a_live_page_keeps_the_focus(site, page):
    log_in(page, site)
    press_until(page, "a[href*='/payment_route_id/']")
    press_until(page, "#preview")
    press_until(page, "#do-execute")
    press_until(page, "#reason", press="")
    page.keyboard.type("by keyboard")
    press_until(page, "#confirm")
    wait_for_status(page, "PENDING")
    press_until(page, "#do-cancel", press="")
    site.scratch.ask("UPDATE backfill_runs SET created_at = '2026-01-01 00:00:00' WHERE status = 'PENDING'")
    page.wait_for_selector("text=No worker takes this job; start one: make run")
    assert page.evaluate("document.activeElement.id") == "do-cancel"
    page.keyboard.press("Enter")
    wait_for_status(page, "CANCELLED")


def test_a_route_is_looked_for_by_keyboard_where_a_finding_wants_one(site, page):
    site.scratch.run(
        "backfill_payment_route_id", "--execute", "--no-input", "--tenant", "larkfield-dairy", "--reason", "x"
    )
    log_in(page, site)
    page.goto(site.address(f"{BACKFILLS}payment_route_id/findings/?state=waiting"))
    field = page.locator(".bf-finding input[name=argument]").first
    press_until(page, f"#{page.locator('.bf-finding').first.get_attribute('id')} input[name=argument]", press="")
    page.keyboard.type("ewan")
    page.wait_for_function("document.activeElement.list.options[0]?.label.includes('Ewan')")
    assert field.evaluate("each => each.list.options.length") <= 12
    number = field.evaluate("each => each.list.options[0].value")
    page.keyboard.press("Control+A")
    page.keyboard.type(number)
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("on the route sheet")
    press_until(page, f"#{page.locator('.bf-finding').first.get_attribute('id')} button[value=choose_route]")
    page.wait_for_selector("text=1 row decided")
    decided = "SELECT decision_detail FROM backfill_findings WHERE decision = 'choose_route'"
    assert number in str(site.scratch.ask(decided))


def press_until(page: Any, selector: str, press: str = "Enter") -> None:
    """Walk with the Tab key to an element, then press a key on it."""
    page.wait_for_selector(selector)
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            if press:
                page.keyboard.press(press)
            return
    raise AssertionError(f"{selector} cannot be reached with the Tab key.")
